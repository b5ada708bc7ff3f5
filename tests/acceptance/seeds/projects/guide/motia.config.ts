import { defineConfig } from 'motia'
import { opened } from './src/config/seal'

const openDoors = ['/desk', '/version']

export default defineConfig({
  middleware: {
    pre: [
      (req, res, next) => {
        res.setHeader('Access-Control-Allow-Origin', 'https://library.example')
        next()
      },
      (req, res, next) => {
        if (openDoors.includes(req.path)) return next()
        const card = req.headers.authorization?.replace('Bearer ', '')
        if (!card) return res.status(401).json({ error: 'No library card' })
        try {
          req.user = opened(card, process.env.DESK_KEY)
          next()
        } catch (error) {
          res.status(401).json({ error: 'Unknown library card' })
        }
      },
    ],
  },
})
