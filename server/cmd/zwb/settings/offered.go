package settings

import "github.com/zmqwebbridge/zmqwebbridge/server/policy/config"

// notYet are the values that a file can have and that nothing is made of yet. What is taken out of this list has to be
// joined with the bridge in zwb serve.
var notYet = []string{
	"admin", "audit",
}

// NotOffered are the values that were said and that this bridge does not do. To run without them would be less than the
// file promises.
func (s *Settings) NotOffered() config.Mistakes {
	var found config.Mistakes
	for _, path := range notYet {
		if s.Said.Said(path) {
			found = append(found, s.Said.MistakeAt(path, path+" is not offered yet"))
		}
	}
	return found
}
