// WebVTT files against the W3C community's validator: node vtt.mjs FILE... Each mistake is a line, and the exit status 1.
// node vtt.mjs --page FILE... writes a page that has a browser load them all as tracks of a video, and says in its body
// "cues N of M" for each, and whether the texts are those that were written.
import { readFileSync } from 'node:fs'
import webvtt from 'webvtt-parser'

const asPage = process.argv[2] === '--page'
const files = process.argv.slice(asPage ? 3 : 2)
const texts = files.map((file) => readFileSync(file, 'utf8'))

if (!asPage) {
  const entities = { '&amp': '&', '&lt': '<', '&gt': '>', '&amp;': '&', '&lt;': '<', '&gt;': '>' }
  let mistakes = 0
  texts.forEach((text, i) => {
    for (const e of new webvtt.WebVTTParser(entities).parse(text, 'subtitles/captions/descriptions').errors) {
      console.log(`${files[i]}:${e.line}: ${e.message}`)
      mistakes++
    }
  })
  process.exit(mistakes ? 1 : 0)
}

const cues = texts.map((text) => text.split('\n').filter((line) => line.includes(' --> ')).length)
const plain = texts.map((text) => text.split('\n\n').filter((block) => block.includes(' --> '))
  .map((block) => block.trim().split('\n').slice(1).join('\n').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')))
console.log(`<!DOCTYPE html><meta charset="utf-8"><body><script>
const texts = ${JSON.stringify(texts).replaceAll('<', '\\u003c')}
const cues = ${JSON.stringify(cues)}
const plain = ${JSON.stringify(plain).replaceAll('<', '\\u003c')}
const video = document.createElement('video')
document.body.append(video)
async function load(i) {
  const track = document.createElement('track')
  track.kind = 'captions'
  const loaded = new Promise((resolve) => { track.onload = () => resolve(true); track.onerror = () => resolve(false) })
  track.src = URL.createObjectURL(new Blob([texts[i]], { type: 'text/vtt' }))
  video.append(track)
  track.track.mode = 'hidden'
  const good = await loaded
  const list = good ? [...track.track.cues] : []
  const same = JSON.stringify(list.map((cue) => cue.getCueAsHTML().textContent).sort()) === JSON.stringify(plain[i].sort())
  const p = document.createElement('p')
  p.textContent = 'cues ' + list.length + ' of ' + cues[i] + (same ? ' as written' : ' otherwise')
  document.body.append(p)
  track.remove()
}
(async () => { for (let i = 0; i < texts.length; i++) await load(i); document.title = 'done' })()
</script>`)
