// Package sequence follows the count that a publisher puts into its messages: which message is the next one, which is there
// twice, and how many are missing before it, wherever they were lost.
//
// A [Count] is of one publisher. It is asked about every message in the order in which they come. It is a plain value: it
// starts nothing, locks nothing and keeps no message. Its owner is a Feed of package pubsub, whose lock guards it. [Read] and
// [Append] are numbers as messages have them. [Counters] is what has come of it, by endpoint, and is atomic.
//
// What a Count remembers of topics is bounded: the topic that was silent longest is forgotten first, and from then on nobody
// knows whether something is missing before the first message of a topic that is not known.
package sequence
