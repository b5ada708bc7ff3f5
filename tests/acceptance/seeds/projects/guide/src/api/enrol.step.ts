import { z } from 'zod'

const Reader = z.object({
  mail: z.string().email(),
  name: z.string().min(2),
  age: z.number().int().min(6),
})

export const config = { name: 'EnrolReader', type: 'api', path: '/readers', method: 'POST' }

export const handler = async (req, { logger }) => {
  try {
    const reader = Reader.parse(req.body)
    logger.info('enrolled', reader)
    return { status: 201, body: { card: 'c-1', ...reader } }
  } catch (error) {
    if (error instanceof z.ZodError) {
      return { status: 400, body: { error: 'The form is not complete', details: error.errors } }
    }
    throw error
  }
}
