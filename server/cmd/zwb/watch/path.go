package watch

import (
	"os"
	"path/filepath"
)

// mostLinks is how many links are followed on the way to a file, as on Linux.
const mostLinks = 40

// foldersOf are the folders in which something happens when another file comes to stand behind a name: those of the name
// and of every link on the way. One that is not there is stood for by the nearest one above.
func foldersOf(name string) (folders []string) {
	name, err := filepath.Abs(name)
	if err != nil {
		return nil
	}
	for range mostLinks {
		link, target := firstLink(name)
		if link == "" {
			break
		}
		folders = append(folders, existing(filepath.Dir(link)))
		name = target
	}
	return append(folders, existing(filepath.Dir(name)))
}

// firstLink finds the first part of a path that is a link, and says what the path is with the link followed; "": none is.
func firstLink(name string) (link, target string) {
	volume := filepath.VolumeName(name)
	for end := len(volume) + 1; end <= len(name); end++ {
		if end < len(name) && !os.IsPathSeparator(name[end]) {
			continue
		}
		to, err := os.Readlink(name[:end])
		if err != nil {
			continue
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(name[:end]), to)
		}
		return name[:end], filepath.Join(to, name[end:])
	}
	return "", ""
}

// existing is a folder, or the nearest one above that is there.
func existing(folder string) string {
	for {
		info, err := os.Stat(folder)
		above := filepath.Dir(folder)
		if err == nil && info.IsDir() || above == folder {
			return folder
		}
		folder = above
	}
}
