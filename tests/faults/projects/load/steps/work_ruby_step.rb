require_relative '../lib/ledger'

def config = {
  type: 'event', name: 'WorkRuby', subscribes: ['work.ruby'],
  retry: { maxAttempts: 10_000, backoff: 'fixed', delay: 20, jitter: 'none' }
}

def handler(order, ctx)
  run = Ledger.began(order['id'])
  sleep(order['pause'])
  ctx.state.set('done', order['id'], true)
  Ledger.effect(order['id'], run)
end
