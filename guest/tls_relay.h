/* SPDX-License-Identifier: BSD-2-Clause */
/* tls_relay.h - bytes both ways between a TLS connection and a socket, as they are */
#ifndef HM_GUEST_TLS_RELAY_H
#define HM_GUEST_TLS_RELAY_H

#include "host/crypto/tls.h"

/*
 * Neither end is waited for: hm_tls_relay_step does what can be done now and says what to poll for. A direction keeps
 * at most HM_TLS_RELAY_BUFFER bytes, and only while its receiver takes none; an idle relay holds no buffer. What one
 * end says is its last is said to the other. An end that breaks breaks both, but for a socket that takes no more: a
 * server that answers before it has read all, and closes, has its answer handed on.
 */
#define HM_TLS_RELAY_BUFFER 16384u /* what one record of TLS holds */

struct hm_tls_half {
	uint8_t *p; /* what waits for the receiver, from malloc; NULL: nothing */
	size_t done, len;
	bool end;  /* no more comes */
	bool over; /* and that was handed on */
	bool deaf; /* the receiver takes no more: what comes is read and dropped, so that the other direction goes on */
};

struct hm_tls_relay {
	struct hm_tls *tls;
	int fd;			     /* non-blocking; -1: not connected yet, nothing is read from it */
	struct hm_tls_half up, down; /* from TLS to the socket, and back */
	short tls_events, fd_events; /* what to poll for after a step */
};

enum hm_tls_relay_state {
	HM_TLS_RELAY_WAITS,   /* poll */
	HM_TLS_RELAY_MORE,    /* the step's share is used up: step again, others first */
	HM_TLS_RELAY_ENDED,   /* both directions, in order */
	HM_TLS_RELAY_BROKEN,  /* close both without a good-bye */
	HM_TLS_RELAY_CONNECT, /* bytes have come from TLS: connect the socket, then step again */
};

HM_MUST_CHECK enum hm_tls_relay_state hm_tls_relay_step(struct hm_tls_relay *relay);
/* `text`, from malloc and taken over, goes to the TLS side before all else. */
void hm_tls_relay_say(struct hm_tls_relay *relay, uint8_t *text, size_t len);
/* What it holds; neither the connection nor the socket. */
void hm_tls_relay_free(struct hm_tls_relay *relay);

#endif
