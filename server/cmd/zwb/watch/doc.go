// Package watch tells when one of some files has changed, whoever changes it and however: an editor that writes a new file
// and renames it, Kubernetes, which has links to folders and exchanges one of these, or a script that writes in place.
//
// It listens to the folders of the files, and of all links on the way to them (path.go): a file that is replaced is another
// one, and whoever listens to the file itself hears of the old one only. What happens in a folder is only a reason to look;
// whether there is a change, the files say (state.go). Changes that follow each other within a short time are one
// (settle.go).
package watch
