package core

import "strconv"

// IP addresses are parsed here and not by net/netip, which would add 18 KB to zmq.wasm. A fuzz test checks that both agree.

// parseIPv4 reads a dotted quad: four numbers, no leading zeros.
func parseIPv4(s string) (addr [4]byte, ok bool) {
	for i := range addr {
		end := 0
		for end < len(s) && s[end] >= '0' && s[end] <= '9' {
			end++
		}
		if end == 0 || end > 3 || end > 1 && s[0] == '0' {
			return addr, false
		}
		n, err := strconv.Atoi(s[:end])
		if err != nil || n > 255 {
			return addr, false
		}
		addr[i] = byte(n)
		s = s[end:]
		if i < len(addr)-1 {
			if s == "" || s[0] != '.' {
				return addr, false
			}
			s = s[1:]
		}
	}
	return addr, s == ""
}

func formatIPv4(addr [4]byte) string {
	var b []byte
	for i, n := range addr {
		if i > 0 {
			b = append(b, '.')
		}
		b = strconv.AppendUint(b, uint64(n), 10)
	}
	return string(b)
}

// ipv6Reader collects the groups of an IPv6 address.
type ipv6Reader struct {
	groups   [8]uint16
	count    int
	ellipsis int // index of the group before which "::" stands; -1: there is no "::"
}

// parseIPv6Groups reads an address without brackets and zone (RFC 4291, section 2.2).
func parseIPv6Groups(s string) (groups [8]uint16, ok bool) {
	r := ipv6Reader{ellipsis: -1}
	if len(s) >= 2 && s[:2] == "::" {
		r.ellipsis, s = 0, s[2:]
	}
	for s != "" {
		if s, ok = r.group(s); !ok {
			return groups, false
		}
	}
	return r.expand()
}

// group reads one group, or the dotted quad that may stand for the last two, and the colons behind it.
func (r *ipv6Reader) group(s string) (rest string, ok bool) {
	end := 0
	for end < len(s) && isHex(s[end]) {
		end++
	}
	if end < len(s) && s[end] == '.' {
		quad, ok := parseIPv4(s)
		return "", ok && r.add(uint16(quad[0])<<8|uint16(quad[1])) && r.add(uint16(quad[2])<<8|uint16(quad[3]))
	}
	v, err := strconv.ParseUint(s[:end], 16, 16)
	if err != nil || end > 4 || !r.add(uint16(v)) {
		return "", false
	}
	if s = s[end:]; s == "" {
		return "", true
	}
	if s[0] != ':' || len(s) == 1 {
		return "", false
	}
	if s = s[1:]; s[0] != ':' {
		return s, true
	}
	if r.ellipsis >= 0 {
		return "", false
	}
	r.ellipsis = r.count
	return s[1:], true
}

func (r *ipv6Reader) add(group uint16) bool {
	if r.count == len(r.groups) {
		return false
	}
	r.groups[r.count] = group
	r.count++
	return true
}

// expand puts zeros in the place of "::", which stands for at least one group.
func (r *ipv6Reader) expand() (groups [8]uint16, ok bool) {
	if r.ellipsis < 0 || r.count == len(r.groups) {
		return r.groups, r.ellipsis < 0 && r.count == len(r.groups)
	}
	copy(groups[:], r.groups[:r.ellipsis])
	copy(groups[len(groups)-(r.count-r.ellipsis):], r.groups[r.ellipsis:r.count])
	return groups, true
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// formatIPv6 is the canonical form (RFC 5952). An IPv4-mapped address is written as the IPv4 address that it stands for.
func formatIPv6(groups [8]uint16) string {
	if [5]uint16(groups[:5]) == ([5]uint16{}) && groups[5] == 0xffff {
		return formatIPv4([4]byte{byte(groups[6] >> 8), byte(groups[6]), byte(groups[7] >> 8), byte(groups[7])})
	}
	from, to := longestZeros(groups)
	var b []byte
	for i := 0; i < len(groups); i++ {
		if i == from {
			b = append(b, "::"...)
			i = to - 1
			continue
		}
		if i > 0 && i != to {
			b = append(b, ':')
		}
		b = strconv.AppendUint(b, uint64(groups[i]), 16)
	}
	return string(b)
}

// longestZeros finds the longest run of at least two groups that are zero, and of equally long runs the first. from is -1
// when there is none.
func longestZeros(groups [8]uint16) (from, to int) {
	from, to = -1, -1
	for i := 0; i < len(groups); i++ {
		j := i
		for j < len(groups) && groups[j] == 0 {
			j++
		}
		if j-i >= 2 && j-i > to-from {
			from, to = i, j
		}
		i = max(i, j-1)
	}
	return from, to
}
