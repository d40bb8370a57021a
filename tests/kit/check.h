/* cmocka, ready to use: what it needs before it, and its fail() macro out of the way of base/error.h's function
 * (fail_msg is there). */
#ifndef TESTS_KIT_CHECK_H
#define TESTS_KIT_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail

#endif
