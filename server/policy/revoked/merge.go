package revoked

import "time"

// Merge takes over what was done at other lists. Of each user and token the later act holds, whether it was done here or there, so that lists that
// have all acts of each other are the same. taken is what was new here, unfit how many revocations there was no room for; entries that Add would refuse
// are passed over. The error is that of the file.
func (l *List) Merge(entries []Entry) (taken []Entry, unfit int, err error) {
	if taken, unfit = l.merge(entries); len(taken) == 0 {
		return nil, unfit, nil
	}
	return taken, unfit, l.save()
}

func (l *List) merge(entries []Entry) (taken []Entry, unfit int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	revoked, lifted := l.forgetOld()
	now := time.Now()
	for _, e := range entries {
		if !now.Before(e.Until) || e.check() != nil {
			continue
		}
		before, known := l.entries[e.subject()]
		if known && !e.Since.After(before.Since) {
			continue
		}
		if !e.Lifted && (!known || before.Lifted) && revoked >= Most {
			unfit++
			continue
		}
		if e.Lifted && !(known && before.Lifted) && lifted >= Most {
			l.forgetLift()
			lifted--
		}
		if known {
			count(before, &revoked, &lifted, -1)
		}
		l.entries[e.subject()] = e
		count(e, &revoked, &lifted, 1)
		taken = append(taken, e)
	}
	return taken, unfit
}

func count(e Entry, revoked, lifted *int, n int) {
	if e.Lifted {
		*lifted += n
	} else {
		*revoked += n
	}
}

// Changed has something in it when Add or Lift has done something since it was last received from. It is for one reader.
func (l *List) Changed() <-chan struct{} { return l.changed }

func (l *List) rouse() {
	select {
	case l.changed <- struct{}{}:
	default:
	}
}
