package typescript

import "testing"

func TestPlace(t *testing.T) {
	for address, want := range map[string]string{
		"http://127.0.0.1:8000":                    "http://127.0.0.1:8000/endpoints",
		"http://127.0.0.1:8000/":                   "http://127.0.0.1:8000/endpoints",
		"https://bridge.example.org/zwb":           "https://bridge.example.org/zwb/endpoints",
		"https://bridge.example.org/zwb/":          "https://bridge.example.org/zwb/endpoints",
		"ws://127.0.0.1:8000/data":                 "http://127.0.0.1:8000/endpoints",
		"wss://bridge.example.org/zwb/data":        "https://bridge.example.org/zwb/endpoints",
		"WSS://bridge.example.org/data?x=1#y":      "https://bridge.example.org/endpoints",
		"http://[::1]:8000/endpoints":              "http://[::1]:8000/endpoints",
		"http://bob:secret@bridge.example.org":     "http://bob:secret@bridge.example.org/endpoints",
		"https://bridge.example.org/a%20b/data":    "https://bridge.example.org/a%20b/endpoints",
		"https://bridge.example.org/mydata":        "https://bridge.example.org/mydata/endpoints",
		"https://bridge.example.org/../up/../data": "https://bridge.example.org/endpoints",
		"127.0.0.1:8000":                           "",
		"localhost":                                "",
		"http://":                                  "",
		"http:///data":                             "",
		"tcp://127.0.0.1:5555":                     "",
		"http://a b/":                              "",
		"":                                         "",
	} {
		u, err := Place(address)
		if err != nil {
			if want != "" {
				t.Errorf("%s: %v", address, err)
			}
		} else if u.String() != want {
			t.Errorf("%s leads to %s", address, u)
		}
	}
}
