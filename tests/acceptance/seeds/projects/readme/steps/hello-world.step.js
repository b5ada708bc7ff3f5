exports.config = { type: 'api', name: 'HelloWorld', method: 'GET', path: '/hello-world', flows: ['greenhouse'] }

exports.handler = async () => ({ status: 200, body: { message: 'The greenhouse is open.' } })
