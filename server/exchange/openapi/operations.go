package openapi

// operation is a request that may be made at an endpoint. responses are those besides an error.
func operation(kind, name, summary string, parameters []string, responses object) object {
	all := []object{}
	for _, p := range parameters {
		all = append(all, reference("parameters", p))
	}
	responses["default"] = reference("responses", "problem")
	return object{"operationId": kind + "." + name, "tags": []string{name}, "summary": summary, "parameters": all, "responses": responses}
}

func reference(section, name string) object {
	return object{"$ref": "#/components/" + section + "/" + name}
}

func request(name string) object {
	op := operation("req", name, "Ask, and get the reply", []string{"timeout", "parts", "params", "idempotent"},
		object{"200": reference("responses", "message")})
	op["requestBody"] = reference("requestBodies", "message")
	return op
}

// call is of one function; "": of any.
func call(name, function string) object {
	parameters, summary, id := []string{"timeout", "params", "idempotent"}, "Call "+function, name+"."+function
	if function == "" {
		parameters, summary, id = append(parameters, "function"), "Call a function", name
	}
	op := operation("rpc", id, summary, parameters, object{"200": reference("responses", "value")})
	op["tags"] = []string{name}
	op["requestBody"] = reference("requestBodies", "arguments")
	return op
}

func send(kind, name, summary string) object {
	op := operation(kind, name, summary, []string{"timeout", "parts", "params"}, object{"202": object{"description": "It has left for a backend."}})
	op["requestBody"] = reference("requestBodies", "message")
	return op
}

func stream(name string, topics []string) object {
	op := operation("sub", name, "Messages, as they come", []string{"since", "lastEventID", "as", "overflow", "rate", "params"},
		object{"200": reference("responses", "stream")})
	return withTicket(withTopics(op, topics))
}

func last(name string, topics []string) object {
	op := operation("last", name, "The last message, or the next one", []string{"wait", "parts", "params", "ifNoneMatch"},
		object{"200": reference("responses", "last"), "304": object{"description": "There is no other message than the one that is known."}})
	return withTicket(withTopics(op, topics))
}

func ticket(name string) object {
	return operation("ticket", name, "A minute of this endpoint, for what cannot show credentials", []string{"params"},
		object{"201": reference("responses", "ticket")})
}

// withTopics adds the parameter topic, with those that a subscription may begin with, as far as they are known.
func withTopics(op object, topics []string) object {
	schema := object{"type": "string"}
	if len(topics) > 0 {
		schema["examples"] = topics
	}
	op["parameters"] = append(op["parameters"].([]object), object{"name": "topic", "in": "query",
		"description": "What messages begin with, as often as you like; everything, if it is left out.",
		"schema":      object{"type": "array", "items": schema}, "style": "form", "explode": true})
	return op
}

func withTicket(op object) object {
	op["security"] = []object{{}, {"bearer": []string{}}, {"basic": []string{}}, {"ticket": []string{}}}
	return op
}
