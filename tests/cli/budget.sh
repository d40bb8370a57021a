# seechange ask: limits on tokens, bytes and cost, what they leave out, and how that is said.
# shellcheck shell=sh disable=SC2154
set -u
. "$TESTS/kit/lib.sh"

draw cuts cuts.mp4
ask() { expect "$1" "$2" ask --dry-run --json --model gpt-4.1 --pack full "$3" "$4" cuts.mp4; }

ask 0 "without a limit" --max-images 40
check "obeys the schema" obeys answer-1.json
check "nothing is left out" is 'left_out.#' 0
check "nor made smaller" is shrunk false
check "the quality is the usual" is jpeg_quality 88
n=$(value 'images.#') bytes=$(value body_bytes)
ask 0 "fewer tokens" --max-tokens 1800
check "leave out frames of a picture so small" between 'left_out.#' 1 "$n"
check "which is said" said "left out to fit"
check "it is kept to" sh -c '[ "$(($1 + $2))" -le 1800 ]' sh "$(value image_tokens.count)" "$(value text_tokens.count)"
ask 0 "fewer bytes" --max-bytes $((bytes * 3 / 4))
check "lower the quality" between jpeg_quality 60 87
check "it is kept to" between body_bytes 1 $((bytes * 3 / 4))
check "all pictures are there" is 'images.#' "$n"
ask 0 "many fewer bytes" --max-bytes $((bytes / 4))
check "leave frames out too" between 'left_out.#' 1 "$n"
check "it is kept to" between body_bytes 1 $((bytes / 4))
ask 1 "too few bytes" --max-bytes 2000
check "is said" said "2000 are allowed"

# Cost; a still is soon looked at
draw still still.png
still() { run ask --dry-run --json --model gpt-4.1 "$@" still.png; }
still --max-cost 0.05
check "a cost limit without a price is wrong usage" [ "$code" -eq 2 ]
check "that says what to do" said --price
still --max-cost 0.05 --price 2,8
check "a price makes it possible" [ "$code" -eq 0 ]
check "the price is told" between price_usd 0.0001 0.01
still --max-cost 0.05 --service openai
check "so does a service with one" [ "$code" -eq 0 ]
still --max-cost 0.001 --price 2,8
check "an answer that may cost more is refused" [ "$code" -eq 1 ]
check "and named" said --max-output-tokens
still --max-cost 0.001 --price 0,0
check "what costs nothing has no limit" [ "$code" -eq 0 ]
for price in x 1 '1,' ',1' '1,2,3' '-1,2' 'nan,1'; do
    still --price "$price"
    check "--price $price is wrong usage" [ "$code" -eq 2 ]
done
