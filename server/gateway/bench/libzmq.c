//go:build ignore

// What the gateways are measured against, and with: peers and clients on libzmq. The Go program next to this compiles it
// and says what is run; it is no part of any Go package.
//
//	libzmq echo                                 a ROUTER that sends back what it gets
//	libzmq rep                                  a REP that does
//	libzmq flood SIZE                           an XPUB that never waits, and drops nothing
//	libzmq echo|rep|flood-client ENDPOINT SIZE WINDOW WARMUP MEASURE      what is measured; times in seconds
//
// A peer says where it listens, on one line, and ends with its standard input. A client says what it counted:
// the messages and the seconds measured, and all messages of its life.

#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

static void must(int ok, const char *what) {
	if (ok) return;
	fprintf(stderr, "libzmq: %s: %s\n", what, zmq_strerror(zmq_errno()));
	exit(1);
}

static double now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void *end_with_stdin(void *unused) {
	char c;
	while (read(0, &c, 1) > 0) {
	}
	_exit(0);
	return unused;
}

static void *open_socket(int type) {
	void *s = zmq_socket(zmq_ctx_new(), type);
	must(s != NULL, "zmq_socket");
	return s;
}

static void *listen_at_any_port(int type) {
	pthread_t watcher;
	must(pthread_create(&watcher, NULL, end_with_stdin, NULL) == 0, "pthread_create");
	void *s = open_socket(type);
	int on = 1;
	if (type == ZMQ_XPUB) must(zmq_setsockopt(s, ZMQ_XPUB_NODROP, &on, sizeof on) == 0, "XPUB_NODROP");
	// Far more than is ever under way, so that the peer is not what is measured.
	int hwm = 20000;
	must(zmq_setsockopt(s, ZMQ_SNDHWM, &hwm, sizeof hwm) == 0, "SNDHWM");
	must(zmq_setsockopt(s, ZMQ_RCVHWM, &hwm, sizeof hwm) == 0, "RCVHWM");
	must(zmq_bind(s, "tcp://127.0.0.1:*") == 0, "zmq_bind");
	char at[256];
	size_t n = sizeof at;
	must(zmq_getsockopt(s, ZMQ_LAST_ENDPOINT, at, &n) == 0, "LAST_ENDPOINT");
	puts(at);
	fflush(stdout);
	return s;
}

// Part by part: ROUTER and REP address the reply themselves.
static void echo(void *s) {
	zmq_msg_t part;
	zmq_msg_init(&part);
	for (;;) {
		must(zmq_msg_recv(&part, s, 0) >= 0, "zmq_msg_recv");
		int more = zmq_msg_more(&part);
		must(zmq_msg_send(&part, s, more ? ZMQ_SNDMORE : 0) >= 0, "zmq_msg_send");
	}
}

// Clients come and go: without one it waits, since an XPUB would throw away what it sends.
static void flood(void *s, size_t size) {
	char *body = calloc(1, size), subscription[256];
	int subscribed = 0;
	for (;;) {
		while (zmq_recv(s, subscription, sizeof subscription, subscribed ? ZMQ_DONTWAIT : 0) > 0)
			subscribed += subscription[0] == 1 ? 1 : subscription[0] == 0 ? -1 : 0;
		if (!subscribed) continue;
		int sent = 0;
		while (sent < 1000 && zmq_send(s, body, size, ZMQ_DONTWAIT) >= 0) sent++;
		if (sent < 1000) {
			must(zmq_errno() == EAGAIN, "zmq_send");
			zmq_pollitem_t item = {s, 0, ZMQ_POLLIN | ZMQ_POLLOUT, 0};
			zmq_poll(&item, 1, 1000);
		}
	}
}

// The frames of a request: an id, the empty delimiter, the body. They are the ones the gateway sends.
static void request(void *s, const char *body, size_t size) {
	must(zmq_send(s, "12345678", 8, ZMQ_SNDMORE) >= 0, "zmq_send");
	must(zmq_send(s, "", 0, ZMQ_SNDMORE) >= 0, "zmq_send");
	must(zmq_send(s, body, size, 0) >= 0, "zmq_send");
}

// Keeps window requests under way, or without a window just takes what comes.
static void client(void *s, size_t size, int window, double warmup, double measure) {
	char *body = calloc(1, size);
	for (int i = 0; i < window; i++) request(s, body, size);
	long all = 0, before = 0;
	double begin = 0, end = 0;
	zmq_msg_t part;
	zmq_msg_init(&part);
	for (;;) {
		do must(zmq_msg_recv(&part, s, 0) >= 0, "zmq_msg_recv");
		while (zmq_msg_more(&part));
		if (zmq_msg_size(&part) != size) {
			fprintf(stderr, "libzmq: got %zu bytes, not %zu\n", zmq_msg_size(&part), size);
			exit(1);
		}
		if (window) request(s, body, size);
		if (all++ % 64) continue;
		double t = now();
		if (all == 1) {
			begin = t + warmup;
			end = begin + measure;
		}
		if (!before && t >= begin) {
			begin = t;
			before = all;
		}
		if (t < end) continue;
		printf("%ld %.6f %ld\n", all - before, t - begin, all);
		return;
	}
}

int main(int argc, char **argv) {
	const char *what = argc > 1 ? argv[1] : "";
	if (argc == 2 && !strcmp(what, "echo")) echo(listen_at_any_port(ZMQ_ROUTER));
	if (argc == 2 && !strcmp(what, "rep")) echo(listen_at_any_port(ZMQ_REP));
	if (argc == 3 && !strcmp(what, "flood")) flood(listen_at_any_port(ZMQ_XPUB), atol(argv[2]));
	if (argc != 7) {
		fprintf(stderr, "libzmq: see the beginning of libzmq.c\n");
		return 2;
	}
	int sub = !strcmp(what, "flood-client");
	void *s = open_socket(sub ? ZMQ_SUB : ZMQ_DEALER);
	if (sub) must(zmq_setsockopt(s, ZMQ_SUBSCRIBE, "", 0) == 0, "SUBSCRIBE");
	must(zmq_connect(s, argv[2]) == 0, "zmq_connect");
	client(s, atol(argv[3]), atoi(argv[4]), atof(argv[5]), atof(argv[6]));
	return 0; // without closing anything: the CPU time is the messages' alone
}
