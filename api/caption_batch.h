/* Captions for less money: the questions of a run go into a batch (client/batch.h), the same command fetches the answers
 * when they are there. The batch's state is beside the catalogue, in a file named by the settings of the captions:
 * CATALOGUE.batch-DIGEST. Thread-safety: as struct caption_run; what takes its lock says so. */
#ifndef API_CAPTION_BATCH_H
#define API_CAPTION_BATCH_H

#include "api/caption_run.h"

#define CAPTION_BATCH_MARK ".batch-"
#define CAPTION_BATCH_DIGITS 16

/* Before anything is looked at: what is there, what is wanted. *goes_on_out: there is a batch, caption_batch_go_on is all
 * that is to do. Otherwise r->batch is set if questions are not to be asked at once. SC_ERR_INVALID when there is a batch
 * and none was wanted: to ask as well would pay twice. */
SC_CHECKED enum sc_status caption_batch_begin(struct caption_run *r, const struct target *t, bool *goes_on_out,
                                              struct sc_error *err);
void caption_batch_end(struct caption_run *r);

/* One more question: a's query, whose body is given. Takes the lock. SC_ERR_CANCELLED when it costs more than is left. */
SC_CHECKED enum sc_status caption_batch_add(struct caption_run *r, const struct caption_result *from, struct asking *a,
                                            const struct buffer *body, struct sc_error *err);

/* Hand over what was added, or tell what it would be. With the lock held, by nobody else wanted. Sets r->ending. */
SC_CHECKED enum sc_status caption_batch_hand_over(struct caption_run *r, struct sc_error *err);

/* What is not handed over yet, what is answered. Takes the lock. Sets r->ending. */
SC_CHECKED enum sc_status caption_batch_go_on(struct caption_run *r, struct sc_error *err);

#endif
