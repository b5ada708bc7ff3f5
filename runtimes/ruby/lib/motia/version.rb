# frozen_string_literal: true

module Motia
  VERSION = '0.1.0'
end
