// A live stream in a page: `follow` calls `show` with the items of a group, oldest first, whenever one changes.

export function follow(streamName, groupId, { show, present = () => {}, connected = () => {} }) {
  const items = new Map()
  let last = 0

  function take({ timestamp, event }) {
    if (event.type === 'event') {
      if (event.event.type === 'presence') present(event.event.data.count)
      return
    }
    if (timestamp < last) return
    last = timestamp
    if (event.type === 'sync') {
      items.clear()
      for (const item of event.data) items.set(item.id, item)
    } else if (event.type === 'delete') {
      items.delete(event.data.id)
    } else {
      items.set(event.data.id, event.data)
    }
    show([...items.values()])
  }

  function connect() {
    const socket = new WebSocket(location.origin.replace('http', 'ws'))
    socket.onopen = () => {
      connected(true)
      const data = { streamName, groupId, subscriptionId: 'only', presence: true }
      socket.send(JSON.stringify({ type: 'join', data }))
    }
    socket.onmessage = ({ data }) => take(JSON.parse(data))
    socket.onclose = () => {
      connected(false)
      setTimeout(connect, 2000)
    }
  }

  connect()
}

export async function post(path, body = {}) {
  const answer = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
  return answer.json()
}
