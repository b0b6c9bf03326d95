package server

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"convene/store"
)

// metricMethods are the methods that get labels of their own; the others are counted as OTHER.
var metricMethods = []string{"OTHER", "OPTIONS", "GET", "HEAD", "PUT", "POST", "DELETE", "COPY", "MOVE", "MKCOL", "MKCALENDAR",
	"PROPFIND", "PROPPATCH", "REPORT", "ACL"}

// metrics counts requests. Counters are looked up once and then by index: observe is on the way of every request.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	methods  map[string]*methodMetrics
	inFlight atomic.Int64
	panics   prometheus.Counter
	logins   *prometheus.CounterVec
	reports  *prometheus.CounterVec
	messages *prometheus.CounterVec
	carried  *prometheus.CounterVec
	jobs     *prometheus.CounterVec
}

type methodMetrics struct {
	name    string
	seconds prometheus.Observer
	byCode  [600]atomic.Pointer[prometheus.Counter]
}

func newMetrics(db *store.DB) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "convene_http_requests_total",
			Help: "Requests answered, by method and status."}, []string{"method", "status"}),
		methods: map[string]*methodMetrics{},
		panics: prometheus.NewCounter(prometheus.CounterOpts{Name: "convene_http_panics_total",
			Help: "Requests that ended in a panic: each is a bug."}),
		logins: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "convene_logins_total",
			Help: "Passwords checked (those remembered are not counted), by result."}, []string{"result"}),
		reports: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "convene_reports_total",
			Help: "REPORT requests answered, by report: sync-collection, calendar-query and so on."}, []string{"report"}),
		messages: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "convene_messages_total",
			Help: "Scheduling messages, by what became of them."}, []string{"outcome"}),
		carried: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "convene_messages_carried_total",
			Help: "Scheduling messages to people outside that a carrier took: sent, failed, or kept for want of one."}, []string{"state"}),
		jobs: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "convene_jobs_total",
			Help: "Jobs that were worked upon, by kind and result: done or failed."}, []string{"kind", "result"}),
	}
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "convene_http_request_seconds",
		Help:    "Time from a request's header read to its answer written, by method.",
		Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}}, []string{"method"})
	for _, name := range metricMethods {
		m.methods[name] = &methodMetrics{name: name, seconds: seconds.WithLabelValues(name)}
	}
	inFlight := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "convene_http_requests_in_flight",
		Help: "Requests being answered."}, func() float64 { return float64(m.inFlight.Load()) })
	m.registry.MustRegister(m.requests, seconds, m.panics, m.logins, m.reports, m.messages, m.carried, m.jobs, inFlight,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), newStoreCollector(db))
	return m
}

// scheduled counts what package scheduling tells of: messages, carried ones, and jobs by their kind.
func (m *metrics) scheduled(what, result string) {
	kind, isJob := strings.CutPrefix(what, "job ")
	switch {
	case isJob:
		m.jobs.WithLabelValues(kind, result).Inc()
	case what == "carried":
		m.carried.WithLabelValues(result).Inc()
	default:
		m.messages.WithLabelValues(result).Inc()
	}
}

// observe counts a request that was answered.
func (m *metrics) observe(method string, status int, took time.Duration) {
	mm := m.methods[method]
	if mm == nil {
		mm = m.methods["OTHER"]
	}
	mm.seconds.Observe(took.Seconds())
	if status < 0 || status >= len(mm.byCode) {
		status = 0
	}
	c := mm.byCode[status].Load()
	if c == nil {
		counter := m.requests.WithLabelValues(mm.name, statusLabel(status))
		c = &counter
		mm.byCode[status].Store(c)
	}
	(*c).Inc()
}

func statusLabel(status int) string {
	if status == 0 {
		return "none" // the client went away
	}
	return string([]byte{byte('0' + status/100), byte('0' + status/10%10), byte('0' + status%10)})
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// storeCollector tells what the database layer counts.
type storeCollector struct {
	db *store.DB

	mu      sync.Mutex // guards the last count, which is asked of the database at most twice a minute
	counts  rowCounts
	counted time.Time
}

type rowCounts struct {
	store.Counts
	jobs, failing int64
}

const countsLast = 30 * time.Second

var (
	descConns       = prometheus.NewDesc("convene_db_connections", "Connections of the database pool, by state.", []string{"state"}, nil)
	descMaxConns    = prometheus.NewDesc("convene_db_connections_max", "Most connections the database pool may have.", nil, nil)
	descAcquired    = prometheus.NewDesc("convene_db_acquired_total", "Connections taken from the pool.", nil, nil)
	descAcquireWait = prometheus.NewDesc("convene_db_acquire_wait_seconds_total", "Time spent waiting for a connection.", nil, nil)
	descCache       = prometheus.NewDesc("convene_cache_lookups_total", "Look-ups in caches, by cache and result.", []string{"cache", "result"}, nil)
	descListening   = prometheus.NewDesc("convene_cache_in_use", "1 while changes by other nodes are heard of and the caches are in use.", nil, nil)
	descJobs        = prometheus.NewDesc("convene_jobs", "Jobs that there are, by state: failing after an attempt that failed (counted at most twice a minute).", []string{"state"}, nil)
	descRows        = prometheus.NewDesc("convene_stored", "What the database holds (counted at most twice a minute).", []string{"kind"}, nil)
)

func newStoreCollector(db *store.DB) *storeCollector { return &storeCollector{db: db} }

// Describe sends nothing: the collector is an unchecked one.
func (c *storeCollector) Describe(chan<- *prometheus.Desc) {}

// Collect sends the current figures.
func (c *storeCollector) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	count := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, labels...)
	}
	s := c.db.Stats()
	gauge(descConns, float64(s.IdleConns), "idle")
	gauge(descConns, float64(s.Conns-s.IdleConns), "used")
	gauge(descMaxConns, float64(s.MaxConns))
	count(descAcquired, float64(s.Acquired))
	count(descAcquireWait, s.AcquireWait.Seconds())
	for cache, n := range s.CacheHits {
		count(descCache, float64(n), cache, "hit")
	}
	for cache, n := range s.CacheMisses {
		count(descCache, float64(n), cache, "miss")
	}
	listening := 0.0
	if s.Listening {
		listening = 1
	}
	gauge(descListening, listening)
	if n, ok := c.rows(); ok {
		gauge(descRows, float64(n.Principals), "principal")
		gauge(descRows, float64(n.Collections), "collection")
		gauge(descRows, float64(n.Objects), "object")
		gauge(descJobs, float64(n.jobs-n.failing), "waiting")
		gauge(descJobs, float64(n.failing), "failing")
	}
}

// rows counts what is stored; not ok when the database does not answer in time.
func (c *storeCollector) rows() (rowCounts, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.counted) < countsLast {
		return c.counts, true
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	var n rowCounts
	var err error
	if n.Counts, err = c.db.Counts(ctx); err == nil {
		n.jobs, n.failing, err = c.db.JobCounts(ctx)
	}
	if err != nil {
		return rowCounts{}, false // the other figures say that the database is away
	}
	c.counts, c.counted = n, time.Now()
	return n, true
}
