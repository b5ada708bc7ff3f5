# Puts an odd value where it was told to, and says what came of it.
def config = { type: 'api', name: 'DoorRuby', method: 'POST', path: '/door/ruby' }

def handler(req, ctx)
  id, field, value = req.body.values_at('id', 'field', 'value')
  event = { 'topic' => 'names', 'data' => { 'id' => id, 'odd' => value } }
  begin
    case field
    when 'state.key' then ctx.state.set('odd', value, id)
    when 'state.group' then ctx.state.set(value, 'odd', id)
    else
      event[field] = value unless field == 'data'
      ctx.emit(event)
    end
  rescue StandardError => e
    return { status: 422, body: { error: "#{e.class}: #{e.message}" } }
  end
  { status: 202, body: { ids: [id] } }
end
