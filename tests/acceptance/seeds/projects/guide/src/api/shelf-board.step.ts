export const config = { name: 'ShelfBoard', type: 'api', path: '/boards/:board', method: 'POST' }

export const handler = async (req, { streams }) => {
  const board = streams.create({ id: req.params.board, schema: { books: [] } })
  board.update({ books: [...board.data.books, req.body.book] })
  return { status: 200, body: { id: board.id } }
}
