# seechange ask --archive: narrowed by the words of the question, asked from what is kept, clips and times cited.
# shellcheck shell=sh disable=SC2154
set -u
. "$TESTS/kit/lib.sh"

mkdir ar
draw hue ar/hue.mp4
draw button ar/button.mkv
draw still ar/still.png
rm ar/*.times
run caption --service embedded ar
rm ar/hue.mp4 ar/button.mkv
db=ar/seechange.db

expect 0 "without a model" ask --archive --catalog $db "in which clips did a mean colour appear or change?"
check "what is kept is told" grep -q '^\[clip 1 00:0' out
check "and that no model was asked" said "no model is asked"
check "with the place" grep -q '^\[clip 1\] .*/ar/' out
expect 1 "words that nobody has" ask --archive --catalog $db "any zebras?"
check "are said" said "no caption has a word of the question"
expect 1 "no catalogue" ask --archive --catalog nowhere.db "any zebras?"
expect 2 "--in without --archive" ask --in ar ar/still.png
check "is said" said "--in"
expect 2 "--pack with --archive" ask --archive --catalog $db --pack full "what changed?"
expect 2 "a blank question" ask --archive --catalog $db " "
expect 2 "a day that is none" ask --archive --catalog $db --after soon "what changed?"
expect 0 "--dry-run" ask --archive -n --in ar -m gpt-4.1 "did a colour change?"
check "lists the clips" grep -q '^ *1 .*lines* .*/ar/' out
check "and says that nothing was sent" grep -q 'nothing was sent' out
refute "nothing is sent" said "asking"
expect 0 "--dry-run as JSON" ask --archive -n --json --limit 1 --catalog $db -m gpt-4.1 "did a colour change?"
check "obeys its schema" obeys archive-answer-1.json
check "--limit holds" is 'clips.#' 1
check "with all that were found" between found 1 3
expect 1 "--max-cost" ask --archive -n --catalog $db -m gpt-4.1 --price 1000,1000 --max-cost 0.01 "did a colour change?"
check "is a hard stop" said "allowed"
expect 0 "what is sent" ask --archive --dump body --dry-run --catalog $db -m gpt-4.1 "did a colour change?"
check "is words alone" sh -c '! grep -q image_url body'
check "with times and clips" grep -q 'Clip 1, .*00:0[0-9.]*: Something' body
check "and no folder" sh -c '! grep -q "ar/" body'

# A server
reply() {
    printf 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n' >"$1"
    cat >>"$1"
}
echo '{"object":"list","data":[{"id":"llama-4-scout","object":"model","owned_by":"vllm"}]}' | reply models
tr -d '\n' <<'EOF' | reply answer
{"id":"x","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":
"It changes in [clip 1 00:01.000] and in [clip 2]; not \u001b[31m in [clip 77 00:09.000]."
}}],"usage":{"prompt_tokens":1000,"completion_tokens":50,"total_tokens":1050}}
EOF
# serving ARG...: with a server
serving() {
    rm -rf requests hold url && mkdir requests && mkfifo hold
    "$tools/serve" requests "/v1/models=models" "/v1/chat/completions=answer" <hold >url &
    server=$!
    exec 9>hold
    while [ ! -s url ]; do sleep 0.05; done
    "$seechange" ask --archive --no-stream --base-url "$(cat url)" --catalog $db "$@" >out 2>err 9>&-
    code=$?
    exec 9>&-
    wait "$server"
    asked=$(grep -l '^POST ' requests/*.head 2>/dev/null | wc -l)
}
serving "does a colour change in a picture?"
check "a model answers" [ "$code" -eq 0 ]
check "asked once" [ "$asked" -eq 1 ]
check "with the answer first" grep -q '^It changes in' out
check "then the clips cited, with times" grep -q '^clip 1  00:01.000  .*/ar/' out
check "a clip as a whole too" grep -q '^clip 2  .*/ar/' out
check "moments that are none are said" said "of the moments cited are none"
check "no control character is shown" plain out
check "tokens are told" said "1,000 tokens in, 50 out"
serving --json "does a colour change in a picture?"
check "JSON obeys its schema" obeys archive-answer-1.json
check "and has the citations" is 'citations.#' 3
check "with what is known" is 'citations.2.known' false
check "and the path" sh -c 'tail -n 30 out | grep -q "/ar/"'
