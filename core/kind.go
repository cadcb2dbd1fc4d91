package core

// Kind is the second field of every frame, after its length. PROTOCOL.md, section 4, is the normative list.
//
// Kinds below 0x20 concern the connection and are not numbered. Frames of all other kinds are counted, and acknowledgement
// and resumption rely on these counts. A frame of an unknown kind is skipped, and counted if its kind is 0x20 or above.
type Kind uint8

// Frames of the connection.
const (
	KindHello   Kind = 0x01 // client: version, limit, seq, token, agent, credentials, flags
	KindWelcome Kind = 0x02 // bridge: version, flags, limit, heartbeat ms, retain ms, seq, code, token, agent
	KindAck     Kind = 0x03 // both:   seq
	KindPing    Kind = 0x04 // both:   id
	KindPong    Kind = 0x05 // both:   id
	KindGoAway  Kind = 0x06 // bridge: delay ms, text

	KindExpiring    Kind = 0x07 // bridge: ms, code (0: nothing was refused), text
	KindCredentials Kind = 0x08 // client: credentials
)

// Frames of sockets, numbered.
const (
	KindOpen         Kind = 0x20 // client: socket, endpoint number, type, flags, credit, identity, address, params
	KindOpened       Kind = 0x21 // bridge: socket, endpoint number, where it listens
	KindRefused      Kind = 0x22 // bridge: socket, endpoint number, code, text
	KindState        Kind = 0x23 // bridge: socket, endpoint number, code (0: up), text
	KindClose        Kind = 0x24 // client: socket, linger ms
	KindClosed       Kind = 0x25 // bridge: socket, code, text, messages not passed on
	KindSubscribe    Kind = 0x26 // client: socket, subscription, flags, interval ms, prefix
	KindSubscribed   Kind = 0x27 // bridge: socket, subscription
	KindUnsubscribe  Kind = 0x28 // client: socket, subscription
	KindUnsubscribed Kind = 0x29 // bridge: socket, subscription, code, text
	KindMessage      Kind = 0x2a // both:   socket, body
	KindRequest      Kind = 0x2b // both:   socket, request, flags, timeout ms, body
	KindReply        Kind = 0x2c // both:   socket, request, body
	KindFailed       Kind = 0x2d // both:   socket, request, code, text
	KindCancel       Kind = 0x2e // both:   socket, request
	KindCredit       Kind = 0x2f // both:   socket, messages, bytes
	KindGap          Kind = 0x30 // bridge: socket, subscription (0: all), messages missed (0: unknown), code
	KindPublication  Kind = 0x31 // bridge: socket, endpoint number, offset, body
	KindPosition     Kind = 0x32 // bridge: socket, endpoint number, flags, messages recovered, offset, epoch
	KindRecover      Kind = 0x33 // client: socket, endpoint number, offset, epoch

	KindDisconnect   Kind = 0x34 // client: socket, endpoint number
	KindDisconnected Kind = 0x35 // bridge: socket, endpoint number

	KindLeft Kind = 0x36 // bridge: socket, number of the first message, how many they are

	kindEnd Kind = 0x37
)

const firstNumbered Kind = 0x20

// Numbered tells whether frames of this kind are counted (PROTOCOL.md, section 4), whether the kind is known or not.
func (k Kind) Numbered() bool { return k >= firstNumbered }

// side is a set of ends that may send a kind.
type side uint8

const (
	fromClient side = 1 << iota
	fromBridge
	fromBoth = fromClient | fromBridge
)

// field names one field of a frame's layout.
type field uint8

const (
	fVersion  field = iota + 1 // uvarint → Version
	fFlags                     // uvarint → Flags
	fLimit                     // uvarint → Limit
	fMillis                    // uvarint → Millis
	fRetain                    // uvarint → Retain
	fSeq                       // uvarint → Seq
	fOffset                    // uvarint → Offset
	fSocket                    // uvarint, 1 to 2^32-1 → Socket
	fID                        // uvarint → ID
	fType                      // uvarint → Type
	fCode                      // uvarint → Code
	fMessages                  // uvarint → Messages
	fBytes                     // uvarint → Bytes
	fName                      // length, bytes → Name
	fText                      // length, bytes → Text
	fParams                    // length, bytes → Params
	fBody                      // the rest of the frame → Body
)

type layout struct {
	name   string
	sender side
	fields []field
}

// layouts says for each kind who may send it and which fields it has. AppendFrame and ParseFields follow it, and a test
// compares PROTOCOL.md with it.
var layouts = [kindEnd]layout{
	KindHello:   {"Hello", fromClient, []field{fVersion, fLimit, fSeq, fName, fText, fParams, fFlags}},
	KindWelcome: {"Welcome", fromBridge, []field{fVersion, fFlags, fLimit, fMillis, fRetain, fSeq, fCode, fName, fText}},
	KindAck:     {"Ack", fromBoth, []field{fSeq}},
	KindPing:    {"Ping", fromBoth, []field{fID}},
	KindPong:    {"Pong", fromBoth, []field{fID}},
	KindGoAway:  {"GoAway", fromBridge, []field{fMillis, fText}},

	KindExpiring:    {"Expiring", fromBridge, []field{fMillis, fCode, fText}},
	KindCredentials: {"Credentials", fromClient, []field{fParams}},

	KindOpen:         {"Open", fromClient, []field{fSocket, fID, fType, fFlags, fMessages, fBytes, fName, fText, fParams}},
	KindOpened:       {"Opened", fromBridge, []field{fSocket, fID, fText}},
	KindRefused:      {"Refused", fromBridge, []field{fSocket, fID, fCode, fText}},
	KindState:        {"State", fromBridge, []field{fSocket, fID, fCode, fText}},
	KindClose:        {"Close", fromClient, []field{fSocket, fMillis}},
	KindClosed:       {"Closed", fromBridge, []field{fSocket, fCode, fText, fMessages}},
	KindSubscribe:    {"Subscribe", fromClient, []field{fSocket, fID, fFlags, fMillis, fName}},
	KindSubscribed:   {"Subscribed", fromBridge, []field{fSocket, fID}},
	KindUnsubscribe:  {"Unsubscribe", fromClient, []field{fSocket, fID}},
	KindUnsubscribed: {"Unsubscribed", fromBridge, []field{fSocket, fID, fCode, fText}},
	KindMessage:      {"Message", fromBoth, []field{fSocket, fBody}},
	KindRequest:      {"Request", fromBoth, []field{fSocket, fID, fFlags, fMillis, fBody}},
	KindReply:        {"Reply", fromBoth, []field{fSocket, fID, fBody}},
	KindFailed:       {"Failed", fromBoth, []field{fSocket, fID, fCode, fText}},
	KindCancel:       {"Cancel", fromBoth, []field{fSocket, fID}},
	KindCredit:       {"Credit", fromBoth, []field{fSocket, fMessages, fBytes}},
	KindGap:          {"Gap", fromBridge, []field{fSocket, fID, fMessages, fCode}},
	KindPublication:  {"Publication", fromBridge, []field{fSocket, fID, fOffset, fBody}},
	KindPosition:     {"Position", fromBridge, []field{fSocket, fID, fFlags, fMessages, fOffset, fName}},
	KindRecover:      {"Recover", fromClient, []field{fSocket, fID, fOffset, fName}},
	KindDisconnect:   {"Disconnect", fromClient, []field{fSocket, fID}},
	KindDisconnected: {"Disconnected", fromBridge, []field{fSocket, fID}},

	KindLeft: {"Left", fromBridge, []field{fSocket, fID, fMessages}},
}

// optionalFields says of how many kinds the last fields may be missing, and how many of them. Ends that know nothing of
// such a field do not send it, and ignore it. It is a number or text, and reads as 0 or empty where it is missing.
var optionalFields = [kindEnd]int{KindHello: 1, KindOpened: 1, KindClose: 1, KindClosed: 1}

// Known tells whether this version defines k.
func (k Kind) Known() bool { return k < kindEnd && layouts[k].name != "" }

// String is the name that PROTOCOL.md uses.
func (k Kind) String() string {
	if k.Known() {
		return layouts[k].name
	}
	return "kind " + itoa(int(k))
}
