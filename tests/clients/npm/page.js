// What runs in the page: the tests call `client.COMMAND(arguments)`.

import { Stream } from '@motiadev/stream-client-browser'
import { Probe } from './probe.js'
import { ReactProbe } from './react-probe.js'

window.connect = (kind) => {
  window.client = kind === 'react' ? new ReactProbe() : new Probe(Stream)
}
