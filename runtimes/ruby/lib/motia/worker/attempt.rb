# frozen_string_literal: true

require 'motia/failure'
require 'motia/json'
require 'motia/link'
require 'motia/request'
require 'motia/worker/cancellation'
require 'motia/worker/exits'
require 'motia/worker/replies'
require 'motia/worker/results'
require 'motia/worker/stages'

module Motia
  module Worker
    # What every attempt works with: `connection`, `asks`, `capture`, `replies`.
    Surroundings = Struct.new(:connection, :asks, :capture, :replies, keyword_init: true)

    # Runs one call: from the frame that asks for it to the frame that answers it.
    class Attempt
      def initialize(call, plan, body, surroundings, by_hand:)
        @call = call
        @plan = plan
        @body = body
        @surroundings = surroundings
        @by_hand = by_hand
        @answered = false
      end

      def run
        Current.call = @call
        @call.begin
        answer
      rescue Exception => e # rubocop:disable Lint/RescueException -- exit and throw of a handler are its failure
        send_failure(e)
      ensure
        send_failure(ThreadError.new('the handler ended its thread')) unless @answered
        leave
      end

      private

      def answer
        raise Cancelled, 'the call was cancelled before it began' if @call.cancelled?

        @call.kind == 'http' ? answer_request : answer_other
      end

      def answer_other
        @call.input = given = input
        send_done(Stages.new(@call, @plan, @surroundings.asks).run(given))
      end

      def answer_request
        @call.input = request = Request.read(@call.header, @body)
        result = Stages.new(@call, @plan, @surroundings.asks).run(request)
        return send_done(recorded(result)) if @by_hand

        hint(result)
        @surroundings.capture.finish(@call)
        @surroundings.replies.send_response(@call, result)
        @answered = true
      end

      def input
        case @call.kind
        when 'cron' then nil
        when 'state', 'stream'
          change = Json.decode(@body)
          change.is_a?(Record) ? EitherSpelling.new.replace(change) : change
        else Json.decode_payload(@body)
        end
      end

      # Of an HTTP Step started by hand nobody reads a response: its JSON is the result.
      def recorded(result)
        return nil if Results.nothing?(result)

        body = result
        if Results.response?(result)
          body = result['body'] || result[:body]
          result = { 'status' => result['status'] || result[:status], 'body' => body }
        end
        return result unless Results.stream?(body)

        Replies.unread(body)
        body.equal?(result) ? nil : result.except('body')
      end

      # Every Ruby method gives something: a result that is no JSON was not meant to be recorded.
      def send_done(result)
        body = begin
          result.nil? ? '' : Json.encode(result, 'result')
        rescue PayloadError
          ''
        end
        finish(body.bytesize > Frames::MAX_BODY ? '' : body)
      end

      def finish(body)
        @surroundings.capture.finish(@call)
        @answered = true
        @surroundings.connection.send_frame("{\"t\":\"done\",\"id\":#{@call.id}}", body)
      end

      def send_failure(error)
        @surroundings.capture.finish(@call)
        return log_late(error) if @answered || @call.outlet&.ended?

        @answered = true
        if error.is_a?(HttpError) && @call.kind == 'http' && !@call.outlet.begun? && !@by_hand
          send_http_error(error)
        else
          send_failed(error)
        end
      end

      # The response is complete and the call answered; what came after it can only be told.
      def log_late(error)
        @answered = true
        arguments = { 'error' => error }
        @surroundings.asks.log(@call, 'error', "failed after its response: #{Failure.message_of(error)}", arguments, 'logger')
      end

      def send_http_error(error)
        response = Results.response(ApiResponse.new(status: error.status, headers: error.headers))
        headers = Record.of('content-type' => Results::JSON_TYPE).update(response['headers'])
        header = { 't' => 'response', 'id' => @call.id, 'status' => error.status, 'headers' => headers }
        body = Json.encode(error.body, 'body')
        @surroundings.connection.send_frame(Json.encode(header), body)
      rescue ArgumentError, TypeError => e
        send_failed(e)
      end

      def send_failed(error)
        reason = if @call.cancelled? then 'cancelled'
                 else error.is_a?(InvalidInput) ? 'invalid-input' : 'handler'
                 end
        failed = { 't' => 'failed', 'id' => @call.id, 'error' => described(error), 'reason' => reason }
        @surroundings.connection.send_frame(Json.encode(failed))
      end

      def described(error)
        described = Failure.describe(error)
        if error.is_a?(InvalidInput)
          described.update('name' => 'InvalidInput', 'retryable' => false, 'details' => error.details)
        elsif error.is_a?(NonRetryable) || (error.respond_to?(:retryable) && error.retryable == false)
          described['retryable'] = false
        end
        described
      end

      def hint(result)
        return if ENV['NODE_ENV'] == 'production' || result.is_a?(ApiResponse)

        stray = Results.stray_keys(result)
        return if stray.empty?

        @surroundings.asks.warn_once(@call, 'the result has a status but is no response, because of: ' \
                                            "#{stray.join(', ')}; it is sent as JSON")
      end

      def leave
        @call.finish
        Cancellation.drop_late
        Current.call = nil
        # A handler that forked without a block returns here a second time, in the child, which has no calls to run.
        Exits.at_once(Exits::OK) if @surroundings.connection.severed?
      end
    end

    # Runs a call for a function that is no handler: whatever goes wrong, its result included, fails the call.
    class HookAttempt < Attempt
      # @param hook [#call] gets the call and its body
      def initialize(call, hook, body, surroundings)
        super(call, nil, body, surroundings, by_hand: false)
        @hook = hook
      end

      private

      def answer_other
        result = @hook.call(@call, Json.decode(@body))
        finish(result.nil? ? '' : Json.encode(result, 'the result'))
      end
    end
  end
end
