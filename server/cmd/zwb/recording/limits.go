package recording

// What a file may have. A reader holds others to it before it allocates anything.
const (
	BlockSize  = 1 << 20         // bytes of entries after which a block is written
	MaxMessage = 64 << 20        // bytes of one message, with what it takes to tell its parts
	maxBody    = MaxMessage + 64 // one message larger than BlockSize is a block of its own
	maxPacked  = maxBody + maxBody/128
	maxSummary = 256 << 10
	maxSources = 64
	maxName    = 256 // bytes of what a source is called, and of its type
	maxCode    = 64  // bytes of why messages are missing

	maxTopics     = 256 // in the summary of a block
	maxTopic      = 256 // bytes of one of them
	maxTopicBytes = 16 << 10
)
