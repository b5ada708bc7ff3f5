def config = { type: 'api', name: 'PingRuby', path: '/ping/ruby' }

def handler(_req, _ctx) = { status: 200, body: {} }
