def config = { name: 'StampBook', type: 'event', subscribes: ['loan.made'] }

def handler(input, context)
  context.state.set('stamps', input[:data][:title], input.data.day)
end
