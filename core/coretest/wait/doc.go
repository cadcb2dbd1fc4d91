// Package wait is how tests wait for what nothing announces: they look again and again, and give up in the end. A test of the
// real time would hold on one machine and fail on a slower one. Any test may call it, on its own goroutine; it knows nothing of
// this project.
//
// What a channel announces is waited for there, and what takes its time by the clock is tested in a bubble of testing/synctest.
package wait
