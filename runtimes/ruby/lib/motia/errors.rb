# frozen_string_literal: true

module Motia
  # Answers the request with this status instead of a result: `raise Motia::HttpError.new(404, 'no such quote')`.
  class HttpError < StandardError
    PHRASES = { 400 => 'Bad Request', 401 => 'Unauthorized', 402 => 'Payment Required', 403 => 'Forbidden',
                404 => 'Not Found', 405 => 'Method Not Allowed', 406 => 'Not Acceptable', 408 => 'Request Timeout',
                409 => 'Conflict', 410 => 'Gone', 412 => 'Precondition Failed', 413 => 'Content Too Large',
                415 => 'Unsupported Media Type', 418 => "I'm a Teapot", 422 => 'Unprocessable Content', 423 => 'Locked',
                425 => 'Too Early', 428 => 'Precondition Required', 429 => 'Too Many Requests',
                451 => 'Unavailable For Legal Reasons', 500 => 'Internal Server Error', 501 => 'Not Implemented',
                502 => 'Bad Gateway', 503 => 'Service Unavailable', 504 => 'Gateway Timeout' }.freeze

    attr_reader :status, :body, :headers

    # @param status [Integer] 400 to 599, as a rule
    # @param message [Object] the value of `error` in the JSON body, or the whole body when it is no text
    # @param body [Object] the whole JSON body, instead of `message`
    # @param headers [Hash] more response headers
    def initialize(status, message = nil, body: nil, headers: {})
      @status = Integer(status)
      @headers = headers
      text = message.is_a?(String) ? message : PHRASES.fetch(@status, "HTTP #{@status}")
      @body = body.nil? ? body_of(message, text) : body
      super(text)
    end

    private

    def body_of(message, text)
      message.nil? || message.is_a?(String) ? { 'error' => text } : message
    end
  end

  # Fails the attempt and asks for no further one: the delivery becomes a dead letter at once.
  class NonRetryable < StandardError; end

  # A value cannot leave the Step as JSON; the message names the path to it.
  class PayloadError < TypeError; end

  # The call needs a running Motia, and this process is not one of its workers. Pass a mock in unit tests.
  class NotConnected < RuntimeError; end

  # State, events, streams and triggers are not available while Steps are loaded; use them inside a handler.
  class NotWhileLoading < RuntimeError; end

  # No trigger handler fits what fired.
  class NoHandler < RuntimeError; end

  # The core refused a call (state, emit, trigger, stream); `name` is its name for the reason.
  class CoreError < RuntimeError
    attr_reader :name

    def initialize(name, message)
      @name = name
      super(message)
    end
  end

  # Raised once in a handler whose call was cancelled, at a place where it waits. `rescue => error` does not catch it, as
  # with other signals to stop; `ensure` runs, and may use the context to tidy up.
  class Cancelled < Exception; end # rubocop:disable Lint/InheritException

  # One reason why a value does not fit its schema; `kind` is `:missing`, `:extra` or `:type`.
  Issue = Struct.new(:path, :message, :kind) do
    # The same issue, seen from the object that holds the value as `prefix`.
    def under(prefix)
      self.class.new(path.empty? ? prefix : "#{prefix}.#{path}", message, kind)
    end
  end

  # What a Step was given does not fit its schema or its parameters.
  class InvalidInput < ArgumentError
    attr_reader :issues

    def initialize(issues)
      @issues = issues
      super(issues.map { |issue| "#{issue.path.empty? ? 'input' : issue.path}: #{issue.message}" }.join('; '))
    end

    # The issues as they appear in a response.
    def details
      issues.map { |issue| { 'path' => issue.path, 'message' => issue.message } }
    end
  end
end
