// As probe.js, with the React hooks: what is kept is what a component was rendered with.

import { MotiaStreamProvider, useStreamEventHandler, useStreamGroup, useStreamItem } from '@motiadev/stream-client-react'
import { createElement, useEffect } from 'react'
import { createRoot } from 'react-dom/client'

function Followed({ hook, args, seen }) {
  const { data, event } = hook(args)
  useStreamEventHandler({ event, type: 'ping', listener: (sent) => seen.events.push({ type: 'ping', data: sent }) }, [])
  useStreamEventHandler({ event, type: 'error', listener: (sent) => seen.events.push({ type: 'error', data: sent }) }, [])
  useEffect(() => {
    if (data !== undefined) seen.states.push(structuredClone(data))
  }, [data])
  return null
}

export class ReactProbe {
  constructor() {
    this.followed = new Map()
    this.root = createRoot(document.body.appendChild(document.createElement('div')))
  }

  open({ address, protocols }) {
    this.connection = { address, protocols }
    this.render()
  }

  item({ name, stream, group, id }) {
    this.follow(name, useStreamItem, { streamName: stream, groupId: group, id })
  }

  group({ name, stream, group, sortKey }) {
    this.follow(name, useStreamGroup, { streamName: stream, groupId: group, sortKey })
  }

  follow(name, hook, args) {
    this.followed.set(name, { hook, args, seen: { states: [], events: [] }, mounted: true })
    this.render()
  }

  render() {
    const mounted = [...this.followed].filter(([, each]) => each.mounted)
    const children = mounted.map(([name, each]) => createElement(Followed, { key: name, ...each }))
    this.root.render(createElement(MotiaStreamProvider, this.connection, children))
  }

  seen({ name }) {
    return this.followed.get(name).seen
  }

  leave({ name }) {
    this.followed.get(name).mounted = false
    this.render()
  }

  close() {
    this.root.unmount()
  }
}
