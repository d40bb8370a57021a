/* cmocka, ready to use: what it needs before it, and its fail() macro out of the way of base/error.h's function;
 * fail_msg, which is built on it, is made again. */
#ifndef TESTS_KIT_CHECK_H
#define TESTS_KIT_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail
#undef fail_msg
#define fail_msg(...) (print_error(__VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))

#endif
