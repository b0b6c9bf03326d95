// Package server puts the rooms behind a listener: who asks (package auth), routes, limits, TLS, metrics, health, logs, and
// start and stop. What is asked for below /dav/ it leaves to package caldav.
package server
