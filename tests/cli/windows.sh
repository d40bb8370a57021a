# seechange ask about long videos and several: several queries, and a last one that puts their answers together.
# shellcheck shell=sh disable=SC2154,SC2034
set -u
. "$TESTS/kit/lib.sh"

draw cuts cuts.mp4
draw hue hue.mp4
draw static static.mp4

reply() {
    printf 'HTTP/1.1 %s\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n' "$2" >"$1"
    cat >>"$1"
}
# says FILE TEXT: a reply whose answer is the text, of which quotes are written as '
says() {
    printf '{"choices":[{"message":{"content":"%s"},"finish_reason":"stop"}],' "$(printf %s "$2" | sed "s/'/\\\\\"/g")" >text
    printf '"usage":{"prompt_tokens":1000,"completion_tokens":10,"prompt_tokens_details":{"cached_tokens":100}}}' >>text
    reply "$1" "200 OK" <text
}
echo '{"object":"list","data":[{"id":"llama-4-scout","object":"model","owned_by":"vllm"}]}' | reply models "200 OK"
says one 'A cut at [00:00.000].'
says two 'And [09:59.000] none.'
says all 'Cuts at [00:00.000] and [09:59.000].'
says json "{'summary':'Cuts.','nothing_changed':false,'changes':[]}"
echo '{"error":{"message":"this is too strange","code":400}}' | reply no "400 Bad Request"
echo '{"error":{"message":"This model'\''s maximum context length is 3000 tokens. However, your request has 6000."' \
    ',"code":400}}' | reply long "400 Bad Request"


# Windows
serving one two one all -- --pack full cuts.mp4 "where are the cuts?"
ended 0 "a video with more than a request holds"
check "takes three queries and one more" [ "$n" -eq 4 ]
check "each of no more pictures than suit the model" sh -c '
    for i in 1 2 3; do [ "$(grep -o data:image asked.$i | wc -l)" -le 8 ] || exit 1; done'
check "each says which part it is" sh -c 'cat asked.[123] | grep -o "This is part . of 3" | sort -u | wc -l | grep -qx "3"'
check "the last one has no picture" sh -c '! grep -q data:image asked.4'
check "but the question" grep -q 'where are the cuts?' asked.4
check "and the answers with their stretches" grep -q 'Part 1 of 3.*A cut at .*Part 3 of 3' asked.4
check "its answer is printed" [ "$(cat out)" = "Cuts at [00:00.000] and [09:59.000]." ]
check "a time that no part has shown is named" said "no picture shown has [09:59.000]"
check "tokens are those of all" said "23 pictures in 3 queries, 4,000 tokens in (400 of them cached), 40 out"
serving one two one all -- --pack full --json cuts.mp4
check "as JSON" obeys answer-1.json
check "has the parts" is 'parts.#' 3
check "with their evidence" between parts.1.changes.frames.# 4 9
check "that begins with the last settled frame" is parts.1.changes.frames.0.role context
check "a time that a part has shown is known" is citations.0.known true
check "with its frame" is citations.0.frame 0
serving one no one all -- --pack full --json cuts.mp4
ended 3 "a part that fails"
check "is named" said "this is too strange"
check "as one of three" said "1 of 3 parts have no answer"
check "the others are kept" is text "Cuts at [00:00.000] and [09:59.000]."
check "the last query knows" grep -q 'There is no answer about this part' asked.4
check "obeys the schema" obeys answer-1.json
serving one long one one all -- --pack full --json cuts.mp4
ended 0 "a part that is too long"
check "is asked once more with less" said "asking once more with less"
check "and has an answer" [ "$("$tools/json" all parts error <out | grep -c null)" -eq 3 ]
serving no -- --pack full cuts.mp4
ended 1 "no part with an answer is an error"
check "after three" [ "$n" -eq 3 ]
check "of the first's words" sh -c 'tail -n 1 err | grep -q "this is too strange"'
serving one two one no -- --pack full cuts.mp4
ended 3 "answers that are not put together"
check "are printed as they are" [ "$(grep -c 'A cut at\|And \[09' out)" -eq 3 ]
serving one two one json -- --pack full --schema changes cuts.mp4
ended 0 "a schema"
check "is that of the last query" is summary Cuts.
check "and of no other" sh -c '! grep -q response_format asked.[123] && grep -q response_format asked.4'
serving one -- --windows off --pack full cuts.mp4
check "--windows off asks once" [ "$n" -eq 1 ]
serving one two all -- --windows 2 cuts.mp4
check "--windows 2 at most twice" [ "$n" -eq 3 ]
serving one -- --max-images 8 --pack full cuts.mp4
check "--max-images bounds one query" [ "$n" -eq 1 ]

# What may be spent is that of all
dry() { run ask --dry-run --model llama-4-scout --windows 3 "$@" cuts.mp4; }
dry --json
check "a dry run" obeys answer-1.json
check "has the parts" is 'parts.#' 3
all=$(value image_tokens.count)
check "whose tokens make up the sum" [ "$all" = "$("$tools/json" all parts image_tokens <out | tr -dc '0-9\n' |
    awk '{ n += $1 } END { print n }')" ]
check "a dry run for people" sh -c '"$1" ask --dry-run --model llama-4-scout --windows 3 cuts.mp4 2>&1 | grep -q "3 requests"' \
    sh "$seechange"
dry --json --max-tokens 9000 --max-output-tokens 100
check "--max-tokens is for all" between image_tokens.count 1 9000
check "with all words" [ "$(($(value image_tokens.count) + $(value text_tokens.count)))" -lt 8500 ]
dry --max-tokens 3000
check "too few are an error" [ "$code" -eq 1 ]
check "before anything is sent" said "3000 are allowed"
dry --max-cost 0.001 --price 1,1
check "so is too little money" [ "$code" -eq 1 ]
dry --dump x.json
check "one request can't stand for all" [ "$code" -eq 2 ]
check "which is said" said "--windows off"

# Several videos
serving one two all -- cuts.mp4 hue.mp4 "which of these has a patch?"
ended 0 "two videos"
check "take a query each, and one" [ "$n" -eq 3 ]
check "which names them" grep -q "Part 2 of 2, 'hue.mp4'" asked.3
serving one -- static.mp4 hue.mp4
ended 0 "the default question"
check "is asked where something changed" [ "$n" -eq 1 ]
check "of that video" grep -q hue.mp4 asked.1
serving one -- static.mp4 static.mp4
check "nothing changed in any" grep -q 'Nothing changed' out
check "asks nothing" [ "$n" -eq 0 ]
expect 0 "without a model" ask --service embedded cuts.mp4 hue.mp4
check "each is described under its name" [ "$(grep -c '^cuts.mp4:$\|^hue.mp4:$' out)" -eq 2 ]
expect 2 "a name that is no file" ask --service embedded cuts.mp4 hue.mp5 "which?"
check "is named" said "'hue.mp5' is no file"
expect 2 "windows that are none" ask --windows many cuts.mp4
check "are named" said "--windows 'many'"
