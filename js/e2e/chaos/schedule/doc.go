// Package schedule says which faults happen in a run, and when: the same for the same seed. A plan is a plain value. Package
// network makes the faults of connections happen, and the command those of processes. It imports nothing of the command.
package schedule
