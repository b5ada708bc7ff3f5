export function opened(card: string, key: string | undefined): { reader: string } {
  const [reader, seal] = card.split('/')
  if (!key || seal !== key) throw new Error('wrong seal')
  return { reader }
}
