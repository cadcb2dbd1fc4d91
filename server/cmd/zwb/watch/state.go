package watch

import "os"

// state is what a file is recognised by; nil: it is not there, or nobody may look.
type state struct{ info os.FileInfo }

func stateOf(name string) state {
	info, err := os.Stat(name)
	if err != nil {
		return state{}
	}
	return state{info}
}

// equals tells whether it is the same file, and was not written meanwhile.
func (s state) equals(other state) bool {
	if s.info == nil || other.info == nil {
		return s.info == nil && other.info == nil
	}
	return os.SameFile(s.info, other.info) && s.info.ModTime().Equal(other.info.ModTime()) &&
		s.info.Size() == other.info.Size() && s.info.Mode() == other.info.Mode()
}
