def config
  { type: 'event', name: 'SurveyWater', subscribes: ['survey.water'], emits: ['survey.water.done'] }
end

def handler(input, context)
  context.state.set('surveys', "#{input.data.survey}-water", { hours: 9 })
  context.emit(topic: 'survey.water.done', data: input.data)
end
