// SPDX-License-Identifier: Apache-2.0

package slack

// apiError is a Web API answer with ok false. more is merged into it.
type apiError struct {
	code string
	more object
}

func fail(code string) *apiError { return &apiError{code: code} }

// failWith is an answer that explains itself in response_metadata.messages, as invalid_arguments and invalid_blocks do.
func failWith(code string, messages ...string) *apiError {
	marked := make([]string, len(messages))
	for i, m := range messages {
		marked[i] = "[ERROR] " + m
	}
	more := object{"response_metadata": object{"messages": marked}}
	if code == "invalid_blocks" {
		more["errors"] = messages
	}
	return &apiError{code: code, more: more}
}

func (e *apiError) body() object {
	o := object{"ok": false, "error": e.code}
	for k, v := range e.more {
		o[k] = v
	}
	return o
}
