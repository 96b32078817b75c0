//go:build tools

// Package tools names the programs that the tests are driven with, so that go.mod and go.sum pin them and all they use.
package tools

import (
	_ "github.com/fullstorydev/grpcurl/cmd/grpcurl"
	_ "github.com/summerwind/h2spec/cmd/h2spec"
)
