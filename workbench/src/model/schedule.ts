// Cron expressions in words.
import cronstrue from 'cronstrue'

/** `At 09:00 AM, only on Monday`; null where the expression has no words. Fields: 5, 6 with leading seconds, 7 with a year. */
export function inWords(expression: string): string | null {
  try {
    return cronstrue.toString(expression, { use24HourTimeFormat: true, dayOfWeekStartIndexZero: true })
  } catch {
    return null
  }
}
