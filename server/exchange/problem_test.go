package exchange

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// TestStatusOfEachCode: scripts decide by them, so a change is seen.
func TestStatusOfEachCode(t *testing.T) {
	golden, err := os.ReadFile("testdata/statuses.txt")
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for code := core.Invalid; code.Valid(); code++ {
		w := httptest.NewRecorder()
		Fail(w, fmt.Errorf("asking: %w", core.NewError(code, `text with "quotes"`)))
		var p problem
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Code != code.String() || p.Status != w.Code || p.Title == "" || p.Detail != `text with "quotes"` {
			t.Errorf("%v: %s", code, w.Body)
		}
		fmt.Fprintln(&got, code, w.Code)
	}
	if got.String() != string(golden) {
		t.Errorf("testdata/statuses.txt has\n%s\nand they are\n%s", golden, got.String())
	}
}

// TestErrorsOfOthersStayInside: only the text of an error that is meant for clients reaches them.
func TestErrorsOfOthersStayInside(t *testing.T) {
	w := httptest.NewRecorder()
	Fail(w, errors.New("the password is 1234"))
	if w.Code != 500 || strings.Contains(w.Body.String(), "1234") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
