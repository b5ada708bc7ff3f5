def config
  { type: 'event', name: 'RingBell', subscribes: ['soil.measured'], flows: ['greenhouse'] }
end

def handler(input, context)
  moisture = context.state.get('soil', input.bed)
  context.state.set('bells', input.bed, moisture)
  context.state.delete('soil', input.bed)
  context.logger.info('bell rung', bed: input.bed, moisture: moisture)
end
