package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// These tests run the recipes of examples, and see what their READMEs say that one sees.

// TestChat: what one page says, the pages in the same room see, and others do not. What the hub cannot read it leaves out.
func TestChat(t *testing.T) {
	t.Parallel()
	r := startRecipe(t, "chat")
	hub := r.python("chat/hub.py")
	anna, bert, other := r.open(t, ""), r.open(t, ""), r.open(t, "#cellar")
	for _, p := range []*page{anna, bert, other} {
		eval[any](p, until+`await until(() => !document.querySelector('fieldset').disabled)`)
	}
	say := func(p *page, name, line string) {
		t.Helper()
		eval[any](p, `const { elements } = document.forms[0]; elements.name.value = `+quoteJS(name)+`;
			elements.text.value = `+quoteJS(line)+`; document.forms[0].requestSubmit()`)
	}
	heard := func(p *page) string {
		t.Helper()
		return eval[string](p, until+`await until(() => text('li')); return all('li').map((it) => it.textContent.split(' ').slice(-2).join(' ')).join(', ')`)
	}
	say(anna, "Anna", "<b>hello</b>")
	if a, b := heard(anna), heard(bert); a != "Anna: <b>hello</b>" || b != a {
		t.Errorf("Anna sees %q, and Bert %q", a, b)
	}
	say(other, "Eve", "boo")
	if got := heard(other); got != "Eve: boo" {
		t.Errorf("in the other room one sees %q", got)
	}
	hub.kill()
	eval[any](bert, until+`await until(() => text('#trouble').includes('not there'))`)
	r.python("chat/hub.py")
	eval[any](bert, until+`await until(() => !document.querySelector('fieldset').disabled)`)
	say(bert, "Bert", "back again")
	eval[any](anna, until+`await until(() => text('li').endsWith('Bert: back again'))`)
	anna.nothingThrown()
	bert.nothingThrown()
}

// TestWorkers: a page that is left has jobs which nobody else knows of. The one that comes after it gets them, too.
func TestWorkers(t *testing.T) {
	t.Parallel()
	r := startRecipe(t, "workers")
	farm := r.python("workers/ventilator.py", "--count", "60", "--patience", "1")
	worker := func() string {
		_, who, _ := strings.Cut(farm.await(" = "), ", says ")
		return who
	}
	first := r.open(t, "")
	workers := map[string]int{worker(): 1}
	first.nothingThrown()
	eval[any](first, `setTimeout(() => location.replace('about:blank'))`)
	second := r.open(t, "")
	for range 59 {
		workers[worker()]++
	}
	farm.await("all done")
	if len(workers) != 2 {
		t.Errorf("the results are of %v", workers)
	}
	eval[any](second, until+`await until(() => Number(text('#done')) > 0)`)
	second.nothingThrown()
}

// TestCamera: the page shows pictures with the ball in it, and a page that is busy leaves out the old ones.
func TestCamera(t *testing.T) {
	t.Parallel()
	r := startRecipe(t, "camera")
	r.python("camera/camera.py")
	p := r.open(t, "")
	yellow := eval[int](p, until+`
		await until(() => Number(text('#shown')) >= 3);
		const { data } = document.querySelector('canvas').getContext('2d').getImageData(0, 0, 320, 240);
		let yellow = 0;
		for (let at = 0; at < data.length; at += 4) if (data[at] > 200) yellow++;
		return yellow;`)
	if yellow < 1100 || yellow > 1400 { // pi times 20 squared is 1257
		t.Errorf("%d pixels of the ball are seen", yellow)
	}
	eval[any](p, until+`
		for (const end = Date.now() + 500; Date.now() < end; );
		await until(() => Number(text('#skipped')) > 3);`)
	p.nothingThrown()
}

// TestNumpyPlot: the page says what the array is, and draws both channels.
func TestNumpyPlot(t *testing.T) {
	t.Parallel()
	r := startRecipe(t, "numpy")
	r.python("numpy/scope.py")
	p := r.open(t, "")
	got := eval[string](p, until+`
		await until(() => text('#dtype'));
		const { data } = document.querySelector('canvas').getContext('2d').getImageData(0, 0, 1024, 512);
		let blue = 0, red = 0;
		for (let at = 0; at < data.length; at += 4) {
			if (data[at + 3] === 255 && data[at] < 60) blue++;
			if (data[at + 3] === 255 && data[at] > 160) red++;
		}
		return text('#dtype') + ' ' + text('#shape') + (blue > 1000 && red > 1000 ? ' in two colours' : ' ' + blue + ' ' + red);`)
	if got != "float64 2 × 512 in two colours" {
		t.Errorf("the page shows %s", got)
	}
	p.nothingThrown()
}

// TestModel: the answer comes word by word, and the model stops when nobody wants the rest.
func TestModel(t *testing.T) {
	t.Parallel()
	r := startRecipe(t, "llm")
	model := r.python("llm/model.py")
	model.await("model: ROUTER")
	p := r.open(t, "")
	words := eval[int](p, until+`
		document.forms[0].requestSubmit();
		const words = () => text('#answer').split(' ').length;
		await until(() => words() > 5);
		document.querySelector('#stop').click();
		return words();`)
	if words > 20 {
		t.Errorf("%d words came at once", words)
	}
	model.await("done, or stopped")
	if got := eval[string](p, `return document.querySelector('#answer').textContent`); strings.Contains(got, "(") {
		t.Errorf("the answer is %q", got)
	}
	p.nothingThrown()
}

// TestLoginRecipe: nobody, somebody who may not, and somebody who may.
func TestLoginRecipe(t *testing.T) {
	t.Parallel()
	r := newRecipe(t, "login")
	secret := filepath.Join(r.dir, "login", "jwt.secret")
	if err := os.WriteFile(secret, []byte(strings.Repeat("0123456789abcdef", 4)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.startBridge()
	r.python("python/pub.py", "--interval", "0.02")
	r.python("login/app.py").await("the application is at")
	p := openTab(t, "http://"+r.ports.of("127.0.0.1:10080"))
	says := func(what string) {
		t.Helper()
		eval[any](p, until+`await until(() => text('#status').includes(`+quoteJS(what)+`))`)
	}
	login := func(user, password string) {
		t.Helper()
		eval[any](p, `const { elements } = document.forms[0]; elements.user.value = `+quoteJS(user)+`;
			elements.password.value = `+quoteJS(password)+`; document.forms[0].requestSubmit()`)
	}
	says("log in first")
	login("anna", "banana")
	says("the password is another one")
	login("bert", "banana")
	says("denied")
	login("anna", "apple")
	eval[any](p, until+`await until(() => Number(text('#rate')) > 1 && text('#status') === 'connected')`)
	p.nothingThrown()
}

// TestDevices: the page knows both lamps by name, switches one and not the other, and notices that one has gone.
func TestDevices(t *testing.T) {
	t.Parallel()
	r := startRecipe(t, "device")
	p := r.open(t, "")
	first, second := r.python("device/lamp.py", "lamp-1"), r.python("device/lamp.py", "lamp-2")
	eval[any](p, until+`
		await until(() => all('button').length === 2);
		all('button').find((it) => it.textContent === 'lamp-2').click();
		await until(() => text('[aria-pressed=true]') === 'lamp-2');`)
	second.await("lamp-2 is on")
	first.kill()
	eval[any](p, until+`await until(() => text('button:disabled') === 'lamp-1')`)
	if got := eval[int](p, until+`return all('[aria-pressed=true]').length`); got != 1 {
		t.Errorf("%d lamps are on", got)
	}
	p.nothingThrown()
}
