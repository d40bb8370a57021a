# seechange ask --schema: JSON that is held against its schema, and one more try for what does not obey.
# shellcheck shell=sh disable=SC2154,SC2034
set -u
. "$TESTS/kit/lib.sh"

draw hue hue.mp4
draw static static.mp4

reply() {
    printf 'HTTP/1.1 %s\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n' "$2" >"$1"
    cat >>"$1"
}
# says FILE FINISH TEXT: a reply whose answer is the text, of which quotes are written as '
says() {
    printf '{"choices":[{"message":{"content":"%s"},"finish_reason":"%s"}],' "$(printf %s "$3" | sed "s/'/\\\\\"/g")" "$2" >text
    printf '"usage":{"prompt_tokens":1000,"completion_tokens":10}}' >>text
    reply "$1" "200 OK" <text
}
echo '{"object":"list","data":[{"id":"llama-4-scout","object":"model","owned_by":"vllm"}]}' | reply models "200 OK"
entry="{'start':'00:00.000','end':null,'kind':'colour','what':'the patch','where':'middle','before':'red','after':'teal'}"
says good stop "{'summary':'A patch [00:00.000] turns teal.','nothing_changed':false,'changes':[$entry]}"
says fenced stop "\`\`\`json\n{'summary':'s','nothing_changed':true,'changes':[]}\n\`\`\`"
says unknown stop "{'summary':'s','nothing_changed':false,'changes':[$(echo "$entry" | sed 's/00:00.000/09:59.000/')]}"
says bad stop "{'summary':'A patch.','nothing_changed':false,'changes':[{'start':'00:00.000'}]}"
says worse stop "It is teal."
says short length "{'summary':'A pa"
says own stop "{'colour':'teal'}"
echo '{"error":{"message":"response_format is not supported","code":400}}' | reply old "400 Bad Request"


serving good -- --schema changes hue.mp4
ended 0 "an answer that obeys"
check "is printed as JSON" is changes.0.after teal
check "which is what the schema says" "$tools/json" schema "$root/fusion/schemas/changes.json" <out
check "is asked for by the service's own means" [ "$("$tools/json" get response_format.json_schema.strict <asked.1)" = true ]
check "with the schema" [ "$("$tools/json" get response_format.json_schema.schema.type <asked.1)" = object ]
check "and in words" grep -q 'Answer with JSON alone' asked.1
check "costs one round" [ ! -e asked.2 ]
serving good -- --schema changes --json hue.mp4
ended 0 "as part of the whole answer"
check "obeys the schema of that" obeys answer-1.json
check "is a value" is value.nothing_changed false
check "whose times are resolved" is citations.0.known true
check "each once" is 'citations.#' 1
serving unknown -- --schema changes hue.mp4
check "a time that no picture has is named" said "[09:59.000]"
serving fenced -- --schema changes hue.mp4
ended 0 "a code fence around it"
check "is taken off" is nothing_changed true

serving bad good -- --schema changes --json hue.mp4
ended 0 "an answer that does not obey"
check "is sent back once" is repairs 1
check "which is said" said 'asking once more, after 1000 tokens in, 10 out'
check "with what is wrong" grep -qF '$.changes[0] has to have \"end\"' asked.2
check "behind the answer" [ "$("$tools/json" get messages.2.role <asked.2)" = assistant ]
head -c $(($(wc -c <asked.1) - 3000)) asked.1 >before
check "and all that was sent before" sh -c 'head -c "$(wc -c <before)" asked.2 | cmp -s - before'
check "the next one counts" is value.changes.0.after teal
check "tokens are those of both" is usage.prompt_tokens 2000
check "obeys the schema" obeys answer-1.json
serving bad worse -- --schema changes hue.mp4
ended 1 "two that do not obey are an error"
check "which says what is wrong" said "no JSON: line 1, column 2"
check "and what was spent" said "2000 tokens in, 20 out"
check "and prints nothing" [ ! -s out ]
serving short -- --schema changes hue.mp4
ended 1 "an answer cut off by its length is not sent back"
check "but said to be" said "--max-output-tokens"
check "after one round" [ ! -e asked.2 ]
serving bad good -- --schema changes --max-tokens 2000 hue.mp4
ended 1 "a second round over the tokens allowed"
check "is not sent" [ ! -e asked.2 ]
check "which is said" said "where 2000 are allowed"
serving bad good -- --schema changes --price 1,1 --max-cost 0.004 hue.mp4
ended 1 "nor one over the cost allowed"
check "which is said too" said "USD in all where 0.0040 are allowed"
serving old good -- --schema changes hue.mp4
ended 0 "a server that does not know response_format"
check "is asked without" sh -c '! grep -q response_format asked.2'

serving good -- --schema changes static.mp4
ended 0 "no change and the schema for changes"
check "sends nothing" [ ! -e asked.1 ]
check "and says so in JSON" is nothing_changed true
check "that obeys" "$tools/json" schema "$root/fusion/schemas/changes.json" <out
serving own own -- --schema caption static.mp4
check "a caption is always asked for" grep -q 'for a catalogue' asked.1
cat >own.json <<END
{"type":"object","properties":{"colour":{"enum":["red","teal"]}},"required":["colour"],"additionalProperties":false}
END
serving own -- --schema own.json hue.mp4 "which colour?"
ended 0 "a schema of one's own"
check "is obeyed" is colour teal
check "has its name" [ "$("$tools/json" get response_format.json_schema.name <asked.1)" = own ]
expect 0 "a dry run with a schema" ask --dry-run --json --model gpt-4.1 --schema own.json hue.mp4
with=$(value text_tokens.count)
run ask --dry-run --json --model gpt-4.1 hue.mp4
check "counts its words" [ "$with" -gt "$(value text_tokens.count)" ]

echo '{"type":"object","pattern":"x"}' >pattern.json
expect 2 "a schema that can't be checked" ask --service embedded --schema pattern.json hue.mp4
check "is named with its keyword" said "schema 'pattern.json': \$.pattern"
expect 1 "a schema that is not there" ask --service embedded --schema changed hue.mp4
check "tells what there is" said "--schema takes changes, caption or a file"
expect 2 "a schema and no model" ask --service embedded --schema changes hue.mp4
check "is an error" said "--schema needs a model"
