/* Golden files: what a test made, compared with tests/golden/NAME. With UPDATE set (make check UPDATE=1) the file is
 * written instead; it is reviewed as a diff. */
#ifndef TESTS_KIT_GOLDEN_H
#define TESTS_KIT_GOLDEN_H

/* Fails the running test at the first line that differs. The folder is $TESTS/golden, or tests/golden. */
void golden_check(const char *name, const char *text);

#endif
