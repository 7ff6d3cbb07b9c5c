"""What a run tells the world: events go in, and to files, webhooks and people; what nobody took comes out as values.

Nothing here decides anything, and nothing that fails here is raised: a place that is down changes no outcome.
"""
