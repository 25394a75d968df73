// Texts whose contrast with what lies under them is below WCAG 2's level AA: [text, ratio, colour, ground]
() => {
  const parse = c => { const m = c.match(/[\d.]+/g).map(Number); return m.length < 4 ? [...m.slice(0, 3), 1] : m }
  const over = (a, b) => [0, 1, 2].map(i => a[i]*a[3] + b[i]*(1 - a[3]))
  const light = c => { const [r, g, b] = c.map(v => (v /= 255) <= .04045 ? v/12.92 : ((v + .055)/1.055)**2.4)
    return .2126*r + .7152*g + .0722*b }
  const found = []
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement, text = walk.currentNode.data.trim(), s = getComputedStyle(e)
    if (!text || !e.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue
    const box = e.getBoundingClientRect()
    if (box.width <= 1 && box.height <= 1) continue // for screen readers alone
    if (e.closest('[aria-hidden=true],[disabled]') || !e.getClientRects().length || ['STYLE', 'SCRIPT', 'NOSCRIPT', 'TITLE'].includes(e.tagName.toUpperCase())) continue
    const layers = []
    let fade = 1
    const at = document.createRange()
    at.selectNodeContents(walk.currentNode)
    const spot = at.getBoundingClientRect(), under = (o) => // a text may hang out of its parent
      o.left < spot.right && o.right > spot.left && o.top < spot.bottom && o.bottom > spot.top
    for (let a = e; a; a = a.parentElement) {
      const t = getComputedStyle(a)
      if (under(a.getBoundingClientRect())) layers.push(parse(t.backgroundColor))
      fade *= +t.opacity
    }
    const back = layers.reverse().reduce((b, a) => over(a, b), [255, 255, 255])
    const ink = parse(s.color), front = over([...ink.slice(0, 3), ink[3]*fade], back)
    const [hi, lo] = [light(front), light(back)].sort((a, b) => b - a), ratio = (hi + .05)/(lo + .05)
    // icons are glyphs of a font, which need 3 as large letters do
    const px = parseFloat(s.fontSize)
    const large = s.fontFamily.includes('Material') || px >= 24 || px >= 18.66 && +s.fontWeight >= 700
    if (ratio < (large ? 3 : 4.5)) found.push([text.slice(0, 40), Math.round(ratio*100)/100, s.color, `rgb(${back.map(Math.round)})`])
  }
  return found
}
