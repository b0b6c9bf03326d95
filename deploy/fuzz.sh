#!/usr/bin/env bash
# Runs every fuzz target, one after the other, each for the time given ("60s").
set -euo pipefail
time=${1:-60s}
for package in $(go list ./...); do
  for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz' || true); do
    echo "== $package $target"
    go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 2s "$package"
  done
done
