# frozen_string_literal: true

require 'support/fake_core'

class HttpTest < Minitest::Test
  STEP = 'steps/a_step.rb'

  def on(source, **options)
    source = "def config = { type: 'api', path: '/' }\n#{source}" unless source.include?('def config')
    FakeCore.open({ STEP => source }, **options) { |core| yield core }
  end

  def get(core, body = nil, **header)
    core.run(STEP, body, kind: 'http', **header)
  end

  def test_a_live_schema_refuses_and_converts
    source = <<~RUBY
      def config = { type: 'api', path: '/', schema: { body: { text: String }, query: { page: Integer }, headers: { 'x-n': Integer } } }
      def handler(req) = [req.body.text, req.query.page, req.headers['X-N']]
    RUBY
    on(source) do |core|
      given = { queryParams: { page: '2' }, headers: { 'x-n': '3' } }
      assert_equal ['a', 2, 3], get(core, { text: 'a' }, **given).json
      refused = get(core, { text: 3 }, queryParams: { page: 'x' }, headers: { 'x-n': '1' })
      assert_equal [400, { 'error' => 'Validation failed',
                           'details' => [{ 'path' => 'text', 'message' => 'must be string' },
                                         { 'path' => 'query.page', 'message' => 'must be integer' }] }],
                   [refused['status'], refused.json]
    end
  end

  def test_the_core_checks_plain_schemas_after_middleware
    source = <<~RUBY
      def config = { type: 'api', path: '/', body_schema: { type: 'object' }, middleware: ->(req, ctx, nxt) { req.body = [1]; nxt.call } }
      def handler(req) = 'ran'
    RUBY
    on(source, bind: { STEP => { 'checks' => { '0' => %w[body query] } } }) do |core|
      id = core.call(STEP, {}, kind: 'http')
      ask = core.answer_ask('validate', issues: [{ path: '', message: 'must be object' }])
      assert_equal ['body', STEP, 0, '[1]'], [ask['part'], ask['entry'], ask['trigger'], ask.body]
      core.answer_ask('validate', issues: [{ path: 'q', message: 'is required' }])
      assert_equal(['', 'query.q'], core.answer(id).json['details'].map { |detail| detail['path'] })
      id = core.call(STEP, {}, kind: 'http')
      2.times { core.answer_ask('validate', issues: []) }
      assert_equal 'ran', core.answer(id).json
    end
  end

  def test_properties_of_the_request
    on("def handler(req) = [req.user.name, req[:tenant], req.keys.size]") do |core|
      assert_equal ['ada', 't', 5], get(core, properties: { user: { name: 'ada' }, tenant: 't' }).json
    end
  end

  def test_middleware_in_every_form
    source = <<~RUBY
      class Tag
        def call(req, ctx, nxt) = nxt.().merge('status' => 201)
      end
      def yielding(req, ctx)
        req.order = ['yield']
        yield
      end
      def replaces(req, ctx, nxt)
        req[:order] << 'replace'
        nxt.call(req)
        nil
      end
      def twice(req, ctx, nxt)
        nxt.call
        nxt.call if req.query[:twice]
      end
      def config = { type: 'api', path: '/', middleware: [Tag.new, method(:yielding), method(:replaces), method(:twice)] }
      def handler(req) = req.order
    RUBY
    on(source) do |core|
      response = get(core)
      assert_equal [201, %w[yield replace]], [response['status'], response.json]
      assert_match(/next was called twice/, get(core, queryParams: { twice: '1' })['error']['message'])
    end
  end

  def test_middleware_sees_errors_and_validation
    source = <<~RUBY
      GUARD = lambda do |req, ctx, nxt|
        nxt.call
      rescue RuntimeError => error
        { status: 418, body: error.message }
      end
      def config = { type: 'api', path: '/', body_schema: { id: String }, middleware: [GUARD, ->(req, ctx, nxt) { nxt.call.then { |r| r.merge(headers: { seen: r.status }) } }] }
      def handler(req) = raise('boom')
    RUBY
    on(source) do |core|
      assert_equal [418, 'boom'], get(core, { id: 'a' }).then { |response| [response['status'], response.body] }
      refused = get(core, {})
      assert_equal [400, { 'seen' => '400', 'content-type' => 'application/json; charset=utf-8' }], [refused['status'], refused['headers']]
    end
  end

  def test_bodies_that_are_given_piece_by_piece
    source = <<~RUBY
      require 'stringio'
      class Rows
        def each
          yield 'a'
          yield 'b'
        end
      end
      def handler(req)
        case req.query.of
        when 'lazy' then { status: 200, body: (1..2).lazy.map(&:to_s) }
        when 'each' then { status: 200, body: Rows.new }
        when 'io' then { status: 200, content_type: 'text/plain', body: StringIO.new('io') }
        when 'file' then File.open(__FILE__, 'rb')
        end
      end
    RUBY
    on(source) do |core|
      text = lambda do |of|
        core.call(STEP, kind: 'http', queryParams: { of: of })
        head = core.expect('head')
        chunks = +''
        while (frame = core.expect('chunk', 'end'))['t'] == 'chunk'
          chunks << frame.body
        end
        [head['headers']['content-type'], chunks]
      end
      assert_equal ['text/html; charset=utf-8', '12'], text['lazy']
      assert_equal 'ab', text['each'].last
      assert_equal %w[text/plain io], text['io']
      assert_equal 'application/octet-stream', text['file'].first
    end
  end

  def test_the_writer_waits_for_its_reader
    on("def handler(req, ctx)\n  req.response.stream.write('x' * 1_500_000)\n  ctx.logger.info('written')\nend") do |core|
      id = core.call(STEP, kind: 'http')
      core.expect('head')
      assert_equal 1024 * 1024, core.expect('chunk').body.bytesize
      assert_empty core.logs
      core.say('credit', 'id' => id, 'bytes' => 1_000_000)
      assert_equal 1_500_000 - (1024 * 1024), core.expect('chunk').body.bytesize
      core.expect('end')
      assert_equal('written', core.logs.first['msg'])
    end
  end

  def test_a_status_without_a_byte
    on("def handler(req)\n  req.response.status(202).headers(x_tag: 't', 'X-Tag': 1)\nend") do |core|
      core.call(STEP, kind: 'http')
      head = core.expect('head')
      assert_equal [202, '1'], [head['status'], head['headers']['x-tag']]
      core.expect('end')
    end
  end

  def test_keywords_that_find_nothing_are_a_bad_request
    on("Motia.api(id: 'k', path: '/:id') { |id:, title:, q: 'none', **rest| [id, title, q, rest] }\n") do |core|
      entry = "#{STEP}#k"
      run = ->(body, **header) { core.run(core.found.size > 1 ? entry : STEP, body, kind: 'http', **header) }
      assert_equal ['7', 'T', 'none', { 'title' => 'T', 'x' => 1 }.except('title')], run[{ title: 'T', x: 1 }, pathParams: { id: '7' }].json
      assert_equal [400, ['title']], run[{}, pathParams: { id: '7' }].then { |response| [response['status'], response.json['details'].map { |d| d['path'] }] }
    end
  end

  def test_wrong_responses_are_errors
    source = <<~RUBY
      def handler(req)
        case req.query.of
        when 'status' then Motia::ApiResponse.new(status: 99)
        when 'headers' then { status: 200, headers: [1] }
        when 'break' then { status: 200, headers: { a: "x\\ny" } }
        when 'boolean' then { status: true, body: 1 }
        when 'stray' then { status: 200, id: 1 }
        when 'binary' then "\\xff\\x00".b
        when 'symbol' then :word
        when 'error' then raise Motia::HttpError.new(429, 'slow down', headers: { 'Retry-After' => 5 })
        end
      end
    RUBY
    on(source) do |core|
      ask = ->(of) { get(core, queryParams: { of: of }) }
      %w[status headers break].each { |of| assert_equal 'handler', ask[of]['reason'] }
      assert_equal({ 'status' => true, 'body' => 1 }, ask['boolean'].json)
      assert_equal({ 'status' => 200, 'id' => 1 }, ask['stray'].json)
      assert_match(/because of: id/, core.logs.last['msg'])
      assert_equal ['application/octet-stream', [255, 0]], ask['binary'].then { |r| [r['headers']['content-type'], r.body.bytes] }
      assert_equal '"word"', ask['symbol'].body
      assert_equal [429, '5', { 'error' => 'slow down' }], ask['error'].then { |r| [r['status'], r['headers']['retry-after'], r.json] }
    end
  end

  def test_files_and_raw_chunks
    source = <<~RUBY
      def handler(req)
        file = req.files.first
        [file.filename, file[:contentType], file.bytes, req.request_body.stream.map(&:bytesize), req.cookies]
      end
    RUBY
    on(source) do |core|
      path = File.join(core.root, 'upload')
      File.write(path, 'content')
      files = [{ field: 'f', name: 'a.txt', type: 'text/plain', size: 7, path: path }]
      answer = get(core, 'x' * 70_000, bodyKind: 'text', files: files, headers: { cookie: 'a=1; b="q%20r"; a=2' })
      assert_equal ['a.txt', 'text/plain', 'content', [65_536, 4464], { 'a' => '1', 'b' => 'q r' }], answer.json
    end
  end

  def test_started_by_hand_the_response_is_the_result
    on("def handler(req) = { status: 200, body: Enumerator.new { |out| out << 'x' } }") do |core|
      assert_equal({ 'status' => 200 }, core.run(STEP, {}, kind: 'manual', as: 'http').json)
    end
  end

  def test_hooks_are_of_other_languages
    on('def handler(req) = 1') do |core|
      core.say('call', 'id' => 9, 'kind' => 'hook', 'hook' => 'request')
      assert_equal 'no-handler', core.answer(9)['reason']
    end
  end
end
