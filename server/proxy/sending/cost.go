package sending

import "github.com/zmqwebbridge/zmqwebbridge/core"

// messagePlace is what a message costs on its way, besides its parts.
const messagePlace = 512

func sendCost(m core.Message) int { return messagePlace + Cost(m) }

// Cost is what it takes to keep a message, besides what keeps it.
func Cost(m core.Message) int { return m.Size() + cap(m)*PartPlace }

// PartPlace is what a part costs besides its bytes.
const PartPlace = 24
