package hostile

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"convene/test/harness"
)

// TestParallelUploads: many uploads of the largest size at the same time cost the server no more memory than a few of them do.
func TestParallelUploads(t *testing.T) {
	c := srv.NewUser(t)
	g := watch(t, c)
	calendar := c.Home() + "uploads/"
	c.Want(t, http.StatusCreated, "MKCALENDAR", calendar, "")
	body := harness.Event("upload", "large", harness.Day(1), "DESCRIPTION:"+strings.Repeat("lorem ipsum ", 780_000))
	var peak int64
	stop := make(chan struct{})
	var meter, uploads sync.WaitGroup
	meter.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
			}
			u, err := srv.Usage()
			if err != nil {
				t.Error(err)
				return
			}
			peak = max(peak, u.RSS)
		}
	})
	for n := range 60 {
		device := srv.Client(c.User)
		uploads.Go(func() {
			text := strings.Replace(body, "UID:upload", fmt.Sprintf("UID:upload-%d", n), 1)
			resp, err := device.Do(t.Context(), "PUT", fmt.Sprintf("%s%d.ics", calendar, n), text)
			if err == nil && resp.Status/100 == 5 && resp.Status != http.StatusServiceUnavailable {
				t.Errorf("got %v", resp)
			}
		})
	}
	uploads.Wait()
	close(stop)
	meter.Wait()
	t.Logf("60 uploads of %d MB at the same time: at most %d MB resident", len(body)>>20, peak>>20)
	if peak > 2*maxRSS {
		t.Errorf("the server had up to %d MB resident", peak>>20)
	}
	c.Want(t, http.StatusNoContent, "DELETE", calendar, "")
	g.costs(t, func() {})
}
